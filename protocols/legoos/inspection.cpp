// What the engine lets a checker see (sim/dsm/contract/inspection.hpp), and whether it is at rest.

#include <algorithm>
#include <string>

#include "protocols/legoos/engine.hpp"
#include "protocols/legoos/situations.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

using legoos::AtCore;
using legoos::Eviction;
using legoos::MemoryServer;
using legoos::Message;
using legoos::Servers;
using legoos::Step;

namespace {

void require(bool holds, const char* what, paging::PageNumber page) {
  if (!holds) {
    throw Error(ExitCode::incoherent, "legoos: page " + std::to_string(page.value()) + ": " + what);
  }
}

}  // namespace

// ---- the state as a number

/// Who has the lock of a page of the page table says so; files' names are counted only while nobody
/// watches; who waits for the heap waits for a core that has memory mapped.
void LegoosEngine::fingerprint(Fingerprint& into) const {
  fingerprint_references(into);
  servers_.fingerprint(into);
  remote_.fingerprint(into);
  regions_.fingerprint(into);
  waits_.fingerprint(into);
  cache_.fingerprint(into);
  evictions_.fingerprint(into);
  victims_.fingerprint(into);
  heap_.fingerprint(into);
  first_touches_.fingerprint(into);
  recovery_.fingerprint(into);
  touched_.for_each([&into](PageNumber page, std::uint8_t) { into.add(page.value()); });
  for (const auto& core : cores_) {
    if (core != nullptr) {
      add(into, *core);
    } else {
      into.add(0);
    }
  }
}

void LegoosEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (system_.types.contain(message.type)) {
    add(into, message.body.as<Message>());
  } else {  // of one thread to another
    into.add(message.body.bytes());
  }
}

/// What the coroutine of a fault goes on with is in its Core; which line it has, in the line. While
/// software takes time it also waits for its own CPU time; that is not here.
bool LegoosEngine::forgets(ThreadId) const { return true; }

// ---- invariants

void LegoosEngine::check_always() const {
  check_references();
  check_cache();
  check_evictions();
  for (const auto& core : cores_) {
    const bool at_network = core != nullptr && core->step == Step::fetching;
    require(!at_network || (core->locked && locks_.has(*core)),
            "fetched without the lock of the page table", at_network ? core->page : PageNumber());
  }
  remote_.for_each_memory([this](const MemoryServer& memory) {
    if (!servers_.is_lost(memory.server())) {
      check_files(memory);
      check_memory(memory);
    }
  });
  remote_.space.check();
}

void LegoosEngine::check_memory(const MemoryServer& memory) const {
  memory.pages().for_each([&](PageNumber page) {
    require(remote_.space.owner_of(shape().start_of(page)) == memory.server(),
            "at a server that does not own it", page);
    check_log(page);
    require(!options_.fills_with_zeros() || was_touched(page), "in memory before its first touch",
            page);
  });
}

/// A line that nobody works on is the one that its page is mapped to.
void LegoosEngine::check_cache() const {
  cache_.for_each([this](const Line& line) {
    require(line.busy || mapped(NodeId(0), line.page) == &line,
            "in a line that it is not mapped to", line.page);
    require(!line.busy || line.permission == paging::Permission::none ||
                mapped(NodeId(0), line.page) == &line,
            "usable in a line that is being filled", line.page);
  });
}

/// What a memory server has is in a log or in storage, or its secondary knows that it is not.
void LegoosEngine::check_log(PageNumber page) const {
  const bool replicated = options_.replication == LegoosReplication::paper;
  const NodeId secondary = servers_.secondary_of(owner(page));
  require(!replicated || recovery_.is_recoverable(page) ||
              memory(secondary.value()).log().missing().contains(page),
          "not logged as it is in memory", page);
}

void LegoosEngine::check_evictions() const {
  for (const Eviction& eviction : evictions_.all()) {
    const paging::Frame* const line = mapped(NodeId(0), eviction.page);
    require(line == nullptr || (options_.eviction == LegoosEviction::write_protect &&
                                line->permission == paging::Permission::read),
            "writable while it is written back", eviction.page);
    require(std::count_if(evictions_.all().begin(), evictions_.all().end(),
                          [&](const Eviction& e) { return e.page == eviction.page; }) == 1,
            "evicted twice", eviction.page);
  }
}

/// A file is in the cache of one server, and a block that is not dirty is as storage has it.
void LegoosEngine::check_files(const MemoryServer& memory) const {
  if (memory.cache() == nullptr) {
    return;
  }
  memory.cache()->check();
  for (const auto& [id, block] : memory.cache()->blocks()) {
    const bool here = servers_.server_of(legoos::file_of(id)) == memory.server();
    const bool stored = block.dirty || block.busy || block.contents == remote_.storage->block(id);
    if (!here || !stored) {
      throw Error(
          ExitCode::incoherent,
          "legoos: block " + std::to_string(id.value()) + " of the buffer cache is " +
              (here ? "clean, and not what storage has" : "at a server that must not have it"));
    }
  }
}

void LegoosEngine::check_quiescent() const {
  for (const auto& core : cores_) {
    require(core == nullptr || (core->step == Step::none && !core->stash.page.valid()),
            "a fault on it is not over", core == nullptr ? PageNumber() : core->page);
  }
  for (const legoos::Victim& victim : victims_.all()) {
    require(victim.state == legoos::Victim::State::flushed, "waits to be written back",
            victim.page);
  }
  for (const Eviction& eviction : evictions_.all()) {
    require(false, "on its way to memory", eviction.page);
  }
  cache_.for_each([this](const Line& line) {
    const MemoryServer& memory = this->memory(owner(line.page).value());
    require(!line.busy, "in a line that somebody works on", line.page);
    require(line.dirty.any() || line.contents[0] == memory.contents(line.page),
            "clean, and not what its memory server has", line.page);
  });
  stations_.check_quiescent();
}

// ---- what a crash loses

std::vector<ObjectId> LegoosEngine::lost_with(NodeId server) const {
  return objects_where([&](PageNumber page) { return is_lost_with(server, page); });
}

/// The pComponent has the only copy of what is dirty, and of what it has sent and nobody has got;
/// a memory server that of everything that is not in the ExCache and was not logged. Untouched
/// pages are zero wherever they are.
bool LegoosEngine::is_lost_with(NodeId server, PageNumber page) const {
  const paging::Frame* const line = mapped(NodeId(0), page);
  if (server == NodeId(0)) {
    return recovery_.is_leaving(page) || (line != nullptr && line->dirty.any());
  }
  return owner(page) == server && line == nullptr && victims_.find(page) == nullptr &&
         (was_touched(page) || !options_.fills_with_zeros()) && !recovery_.is_recoverable(page);
}

// ---- situations

const std::vector<std::string>& LegoosEngine::situations() const { return legoos::situations(); }

const LegoosEngine::Core* LegoosEngine::core_that_called(const Message& reply) const {
  for (const auto& core : cores_) {
    if (core != nullptr && core->caller.number == reply.caller) {
      return core.get();
    }
  }
  return victims_.daemon().caller.number == reply.caller ? &victims_.daemon() : nullptr;
}

int LegoosEngine::situation(const Post& post) const {
  if (!system_.types.contain(post.type)) {
    return -1;
  }
  const auto message = post.body.as<Message>();
  if (!is_reply(message.kind)) {
    const MemoryServer* const memory = remote_.memory[post.to.index()].get();
    return memory == nullptr || !message.page.valid()
               ? -1
               : legoos::situation(message.kind,
                                   {memory->holds(message.page),
                                    message.victim.valid() && memory->holds(message.victim)});
  }
  const Core* const core = post.to == Servers::kCompute ? core_that_called(message) : nullptr;
  if (core == nullptr) {
    return -1;
  }
  const auto& evictions = evictions_.all();
  const bool eviction = std::any_of(evictions.begin(), evictions.end(), [&](const Eviction& e) {
    return waits_.has(Wait::eviction, e.page.value());
  });
  const AtCore at = eviction                                            ? AtCore::eviction
                    : waits_.has(Wait::line, cache_.set_of(core->page)) ? AtCore::line
                    : waits_.has(Wait::lock, legoos::PageTableLocks::lock_of(core->page))
                        ? AtCore::lock
                        : AtCore::nobody;
  return legoos::situation(message.kind, at);
}

}  // namespace dsmsim
