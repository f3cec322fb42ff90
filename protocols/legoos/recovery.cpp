// What the pComponent does so that its memory survives the crash of a memory server (section 4.5 of
// the paper), and when one has crashed.

#include <algorithm>

#include "protocols/legoos/engine.hpp"
#include "protocols/legoos/storage.hpp"

namespace dsmsim {

using legoos::MemoryServer;
using legoos::MessageKind;
using legoos::ReplicaLog;
using legoos::Stash;
using legoos::Step;

namespace {

legoos::Message replica_of(const Stash& dirty) {
  return {.kind = MessageKind::replica,
          .cause = dirty.cause,
          .page = dirty.page,
          .contents = dirty.contents};
}

}  // namespace

/// As in the paper: in parallel with what its server is sent; the core waits for both.
void LegoosEngine::ask_secondary(Core& core, const Stash& dirty) {
  const NodeId secondary = system_->secondary_of(owner(dirty.page));
  if (options_.replication == LegoosReplication::paper && secondary.valid()) {
    station().ask(core, secondary, replica_of(dirty), nullptr);
  }
}

/// As released: on its own, and nobody answers, but the core waits until the message has left
/// (replication.c:36-60).
Task<> LegoosEngine::replicate_as_released(Tally* tally, Core& core, Stash dirty) {
  if (options_.replication == LegoosReplication::released) {
    const Step step = core.step;
    core.step = Step::replicating;
    co_await station().send(system_->secondary_of(owner(dirty.page)), replica_of(dirty));
    charge(tally, Category::acks, queue().now());
    core.step = step;
  }
}

/// Nobody may be asked for a crashed server's pages until they are elsewhere.
Task<> LegoosEngine::wait_for_owner(Tally* tally, Core& core, PageNumber page) {
  while (system_->is_lost(owner(page))) {
    co_await wait(core, Wait::recovery, 0);
    charge(tally, Category::lock_wait, queue().now());
  }
}

/// The contents that would be replayed: the last in the secondary's log, else in storage.
std::uint64_t LegoosEngine::logged(NodeId secondary, PageNumber page) const {
  const std::vector<ReplicaLog::Entry>& entries = memory(secondary.value()).log().entries();
  const auto entry =
      std::find_if(entries.rbegin(), entries.rend(),
                   [page](const ReplicaLog::Entry& logged) { return logged.page == page; });
  if (entry != entries.rend()) {
    return entry->contents;
  }
  const auto stored = system_->storage->file().find(page);
  return stored == system_->storage->file().end() ? 0 : stored->second;
}

/// Whether replaying gives what the memory server has. What is on its way to both does not count:
/// it is sent again, or has been answered and is logged unless the log was full.
bool LegoosEngine::is_recoverable(PageNumber page) const {
  const NodeId server = system_->space.owner_of(shape().start_of(page));
  const NodeId secondary = system_->secondary_of(server);
  return options_.replication == LegoosReplication::paper && secondary.valid() &&
         ((is_leaving(page) && !memory(secondary.value()).log().missing().contains(page)) ||
          logged(secondary, page) == memory(server.value()).contents(page));
}

/// A memory server that is replicated, unless something of it was not logged. One at a time: while
/// a server is being replaced another must not fail. The manager and the storage server are
/// needed for that; that they keep what they have is for others to see to.
bool LegoosEngine::goes_on_without(NodeId server) {
  if (system_->is_lost(server)) {
    return true;
  }
  const bool survivable = options_.replication == LegoosReplication::paper &&
                          system_->is_in_service(server.index()) &&
                          server != system_->manager_server && !replaced_.valid() &&
                          system_->secondary_of(server).valid() && files_lost_with(server).empty();
  bool all = survivable;
  if (survivable) {
    memory(server.value()).for_each_page([&](PageNumber page) {
      all = all && (owner(page) != server || is_recoverable(page));
    });
  }
  if (all) {
    const NodeId substitute = system_->secondary_of(server);
    replaced_ = server;
    system_->lost[server.index()] = true;
    system_->home = system_->home == server ? substitute : system_->home;
    for (const auto& station : system_->stations) {
      if (station != nullptr) {
        station->give_up(server);
      }
    }
    cluster().simulation().spawn(replace(server, substitute));
  }
  return all;
}

Task<> LegoosEngine::replace(NodeId server, NodeId substitute) {
  station().ask(replacing_, substitute, {.kind = MessageKind::recover, .owner = server}, nullptr);
  co_await station().answered(replacing_);
  regions_ = system_->space.owners();
  replaced_ = NodeId();
  ++counters_.recoveries;
  wake_all(Wait::recovery, 0);
}

}  // namespace dsmsim
