// What the engine lets a checker see (sim/dsm/contract/inspection.hpp), and whether it is at rest.

#include <algorithm>
#include <string>

#include "protocols/legoos/engine.hpp"
#include "protocols/legoos/manager.hpp"
#include "protocols/legoos/situations.hpp"
#include "protocols/legoos/storage.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

using legoos::AtCore;
using legoos::Eviction;
using legoos::MemoryServer;
using legoos::Message;
using legoos::MessageKind;
using legoos::Step;
using legoos::Waiting;

namespace {

void require(bool holds, const char* what, paging::PageNumber page) {
  if (!holds) {
    throw Error(ExitCode::incoherent, "legoos: page " + std::to_string(page.value()) + ": " + what);
  }
}

}  // namespace

// ---- the state as a number

void LegoosEngine::fingerprint(Fingerprint& into) const {
  fingerprint_references(into);
  std::vector<const Line*> lines;
  cache_.for_each([&lines](const Line& line) { lines.push_back(&line); });
  std::sort(lines.begin(), lines.end(),
            [](const Line* a, const Line* b) { return a->entered < b->entered; });
  for (const Line* const line : lines) {  // those that are mapped are known already
    into.add((line->page.value() << 2) | (line->busy ? 2 : 0) | (line->order > line->seen ? 1 : 0));
  }
  into.add(lines.size());
  touched_.for_each([&into](PageNumber page, std::uint8_t) { into.add(page.value()); });
  for (const Eviction& eviction : evictions_) {
    into.add((eviction.page.value() << 1) | (eviction.dirty ? 1 : 0));
    into.add(eviction.contents);
  }
  for (const legoos::Victim& victim : victims_) {
    into.add((victim.page.value() << 2) | static_cast<std::uint64_t>(victim.state));
    into.add(victim.contents);
  }
  add(into, victim_flusher_);
  into.add(flushing_victims_ ? 1 + static_cast<std::uint64_t>(victim_flusher_.step) : 0);
  for (const Waiting& waiting : waiting_) {
    into.add((std::uint64_t{waiting.core->number} << 8) | static_cast<std::uint64_t>(waiting.what));
    into.add(waiting.which);
  }
  for (const auto& core : cores_) {
    into.add(core == nullptr ? 0 : 1 + static_cast<std::uint64_t>(core->step));
    if (core != nullptr && core->step != Step::none) {
      into.add((core->page.value() << 3) | (core->zero ? 4U : 0U) | (core->locked ? 2U : 0U) |
               (core->line != nullptr ? 1U : 0U));
      add(into, *core);
      into.add(core->stash.page.value());
      into.add(core->stash.contents);
    }
  }
  for (const auto& memory : system_->memory) {
    if (memory != nullptr) {
      memory->fingerprint(into);
    }
  }
  system_->manager->fingerprint(into);
  if (system_->storage != nullptr) {
    system_->storage->fingerprint(into);
  }
  for (const bool lost : system_->lost) {
    into.add(lost ? 1 : 0);
  }
  for (const PageNumber page : first_touches_) {
    into.add(page.value());
  }
  add(into, announcer_);
  add(into, replacing_);
  into.add(replaced_.value());
  system_->space.fingerprint(into);
  heap_.fingerprint(into);
}

void LegoosEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (system_->types.contain(message.type)) {
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
    require(!at_network || (core->locked && locks_[lock_of(core->page)] == core.get()),
            "fetched without the lock of the page table", at_network ? core->page : PageNumber());
  }
  for (const auto& memory : system_->memory) {
    if (memory != nullptr && !system_->is_lost(memory->server())) {
      check_files(*memory);
      memory->for_each_page([&](PageNumber page) {
        require(system_->space.owner_of(shape().start_of(page)) == memory->server(),
                "at a server that does not own it", page);
        check_log(page);
        require(!options_.fills_with_zeros() || was_touched(page),
                "in memory before its first touch", page);
      });
    }
  }
  system_->space.check();
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
  const NodeId secondary = system_->secondary_of(owner(page));
  require(!replicated || is_recoverable(page) ||
              memory(secondary.value()).log().missing().contains(page),
          "not logged as it is in memory", page);
}

void LegoosEngine::check_evictions() const {
  for (const Eviction& eviction : evictions_) {
    const paging::Frame* const line = mapped(NodeId(0), eviction.page);
    require(line == nullptr || (options_.eviction == LegoosEviction::write_protect &&
                                line->permission == paging::Permission::read),
            "writable while it is written back", eviction.page);
    require(std::count_if(evictions_.begin(), evictions_.end(),
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
    const bool here = system_->server_of(legoos::file_of(id)) == memory.server();
    const bool stored = block.dirty || block.busy || block.contents == system_->storage->block(id);
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
  for (const legoos::Victim& victim : victims_) {
    require(victim.state == legoos::Victim::State::flushed, "waits to be written back",
            victim.page);
  }
  for (const Eviction& eviction : evictions_) {
    require(false, "on its way to memory", eviction.page);
  }
  cache_.for_each([this](const Line& line) {
    const MemoryServer& memory = this->memory(owner(line.page).value());
    require(!line.busy, "in a line that somebody works on", line.page);
    require(line.dirty.any() || line.contents[0] == memory.contents(line.page),
            "clean, and not what its memory server has", line.page);
  });
  for (const auto& station : system_->stations) {
    if (station != nullptr) {
      station->check_quiescent();
    }
  }
  system_->manager->station().check_quiescent();
  if (system_->storage != nullptr) {
    system_->storage->station().check_quiescent();
  }
}

// ---- what a crash loses

std::vector<ObjectId> LegoosEngine::lost_with(NodeId server) const {
  return objects_where([&](PageNumber page) { return is_lost_with(server, page); });
}

bool LegoosEngine::is_leaving(PageNumber page) const {
  return evicting(page) ||
         std::any_of(victims_.begin(), victims_.end(), [page](const auto& victim) {
           return victim.page == page && victim.state != legoos::Victim::State::flushed;
         });
}

/// The pComponent has the only copy of what is dirty, and of what it has sent and nobody has got;
/// a memory server that of everything that is not in the ExCache and was not logged. Untouched
/// pages are zero wherever they are.
bool LegoosEngine::is_lost_with(NodeId server, PageNumber page) const {
  const paging::Frame* const line = mapped(NodeId(0), page);
  if (server == NodeId(0)) {
    return is_leaving(page) || (line != nullptr && line->dirty.any());
  }
  return owner(page) == server && line == nullptr && victim_of(page) == nullptr &&
         (was_touched(page) || !options_.fills_with_zeros()) && !is_recoverable(page);
}

/// What is only in its buffer cache. The storage server's device outlives it.
std::vector<FileId> LegoosEngine::files_lost_with(NodeId server) const {
  const MemoryServer* const memory = system_->memory[server.index()].get();
  return memory == nullptr || memory->cache() == nullptr ? std::vector<FileId>()
                                                         : memory->cache()->dirty_files();
}

// ---- situations

const std::vector<std::string>& LegoosEngine::situations() const { return legoos::situations(); }

bool LegoosEngine::waits(Wait what, std::uint64_t which) const {
  return std::any_of(waiting_.begin(), waiting_.end(), [=](const Waiting& waiting) {
    return waiting.what == what && waiting.which == which;
  });
}

int LegoosEngine::situation(const Post& post) const {
  if (!system_->types.contain(post.type)) {
    return -1;
  }
  const auto message = post.body.as<Message>();
  if (!is_reply(message.kind)) {
    const MemoryServer* const memory = system_->memory[post.to.index()].get();
    return memory == nullptr || !message.page.valid()
               ? -1
               : legoos::situation(message.kind,
                                   {memory->holds(message.page),
                                    message.victim.valid() && memory->holds(message.victim)});
  }
  const bool of_page =
      message.kind == MessageKind::miss_reply || message.kind == MessageKind::flush_reply;
  if (!of_page) {
    return -1;  // who waits is no core
  }
  const auto& core = static_cast<const Core&>(station().caller(message.caller));
  const bool eviction = std::any_of(evictions_.begin(), evictions_.end(), [&](const Eviction& e) {
    return waits(Wait::eviction, e.page.value());
  });
  const AtCore at = eviction                                      ? AtCore::eviction
                    : waits(Wait::line, cache_.set_of(core.page)) ? AtCore::line
                    : waits(Wait::lock, lock_of(core.page))       ? AtCore::lock
                                                                  : AtCore::nobody;
  return legoos::situation(message.kind, at);
}

}  // namespace dsmsim
