// This server asks other homes for blocks: accesses through the cache, and the answers
// (gam/src/cache.cc:11-505, pending_request.cc).

#include <algorithm>

#include "protocols/gam/cache_side.hpp"

namespace dsmsim::gam {

CacheSide::CacheSide(const Tools& tools, std::uint64_t limit)
    : Side(tools),
      cache_(limit, tools.system.options.lru_lists,
             tools.system.simulation.random("gam.lru", tools.id.value())) {}

// ---- accesses

bool CacheSide::answers(const Access& access) const {
  const Line* const line = cache_.find(access.block);
  return line != nullptr && answers(access, *line);
}

bool CacheSide::answers(const Access& access, const Line& line) const {
  switch (line.state) {
    case LineState::to_shared:
      return false;
    case LineState::to_invalid:
      return access.kind == AccessKind::read && system_.options.read_dying_lines;
    case LineState::to_dirty:
      return access.kind == AccessKind::read && !line.locks.empty() &&
             (system_.options.early_write_bytes ||
              !underway_.overtakes_own_write(access, line.transaction));
    case LineState::shared:
      return access.kind == AccessKind::read || (access.kind == AccessKind::rlock &&
                                                 (access.try_lock || can_lock(access, line.locks)));
    case LineState::dirty:
      return !access.is_lock() || access.try_lock || can_lock(access, line.locks);
  }
  return false;
}

Outcome CacheSide::attempt(const Access& access, Step& step) {
  Line* const found = cache_.find(access.block);
  if (found == nullptr || !answers(access, *found)) {
    return {Outcome::pending};
  }
  Line& line = *found;
  if (line.state == LineState::to_dirty) {
    return system_.contents.see_upgrading(access, line,
                                          underway_.transactions()[line.transaction].access);
  }
  if (line.state != LineState::to_invalid) {
    step.spent += cache_.touch(line, now() + step.spent, step.list_hold);
  }
  switch (access.kind) {
    case AccessKind::read:
      return read_line(access, line);
    case AccessKind::write:
      return write_line(access, line);
    case AccessKind::rlock:
    case AccessKind::wlock:
      break;
  }
  return take_lock(access, line.locks, line.version);
}

Outcome CacheSide::read_line(const Access& access, Line& line) {
  line.data.access(system_.traffic, Cause::read, Bytes(access.length));
  return system_.contents.see(access, line.version);
}

Outcome CacheSide::write_line(const Access& access, Line& line) {
  line.data.access(system_.traffic, Cause::write, Bytes(access.length));
  line.version = system_.contents.commit(access, line.version);
  return {Outcome::done, line.version};
}

bool CacheSide::holds_lock(GlobalAddress block, std::uint32_t offset) const {
  const Line* const line = cache_.find(block);
  return line != nullptr && line->locks.holds(offset);
}

Outcome CacheSide::start(const Access& access, Step& step) {
  const Outcome at_once = attempt(access, step);
  if (at_once.kind != Outcome::pending) {
    desk_.count(access, at_once.kind == Outcome::done);
    return at_once;
  }
  Line* const line = cache_.find(access.block);
  if (line == nullptr) {
    miss(access, step);
    return {Outcome::pending};
  }
  if (line->state == LineState::shared && access.is_write()) {
    line->unlink();
    line->state = LineState::to_dirty;
    line->early = system_.options.early_write_bytes && access.kind == AccessKind::write &&
                  access.atomic == nullptr;
    send_for(access, *line, MessageKind::write_permission_only, step);
    return {Outcome::pending};
  }
  return wait(access);
}

/// Takes a line, sends for the block and evicts a line in its place, of which all but the posting
/// comes first: it is one thread's work.
void CacheSide::miss(const Access& access, Step& step) {
  const bool write = access.is_write();
  Line& line = cache_.make(access.block, write ? LineState::to_dirty : LineState::to_shared);
  ++step.new_lines;
  Line* const victim = victim_for_new(step);
  if (victim != nullptr && victim->state == LineState::dirty) {
    step.spent += costs().evict_dirty;
  }
  send_for(access, line, write ? MessageKind::write : MessageKind::read, step);
  if (victim != nullptr) {
    ++step.evicted;
    evict(*victim, step);
  }
}

void CacheSide::send_for(const Access& access, Line& line, MessageKind kind, Step& step) {
  Transaction& transaction = begin(Transaction::Role::requester, kind, access.block);
  transaction.access = access;
  transaction.access.counted = true;
  desk_.count_miss(access);
  line.transaction = transaction.slot;
  send(access.block.home(),
       {.kind = kind,
        .lock = access.is_lock(),
        .try_lock = access.try_lock,
        .id = transaction.slot,
        .buffer = line.buffer(),
        .block = access.block},
       access.tally, step);
}

// ---- answers

Effect CacheSide::landing(BufferId buffer, std::uint64_t version, Cause cause) {
  Line* const line = &cache_.buffer(buffer);
  return [line, version, cause, traffic = system_.traffic, block = system_.options.block] {
    line->data.came(*traffic, cause, block);
    line->version = version;
    line->early = false;  // overwritten; written again when the write is granted
  };
}

/// The block has come: from home or its owner, for a read; from its owner, for a write.
void CacheSide::on_data(Transaction& transaction, Step& step) {
  if (transaction.sent == MessageKind::read) {
    end_read(transaction, step);
    return;
  }
  transaction.data_arrived = true;
  end_handover(transaction, step);
}

/// Home knows that this server is the new owner, or that the old owner has refused.
void CacheSide::on_home_agreed(Transaction& transaction, Step& step) {
  transaction.home_agreed = true;
  end_handover(transaction, step);
}

/// A block that was dirty elsewhere may be used when both its old owner and home have answered;
/// else home could take this server for an earlier owner (section 4.1 of Cai et al.).
void CacheSide::end_handover(Transaction& transaction, Step& step) {
  if (transaction.data_arrived && transaction.home_agreed) {
    transaction.failed ? undo(transaction, step) : end_write(transaction, step);
  }
}

void CacheSide::on_reply(Transaction& transaction, const Request& request, Step& step) {
  if (!request.message.failed) {
    end_write(transaction, step);
  } else if (transaction.sent == MessageKind::read || request.from == transaction.block.home()) {
    undo(transaction, step);
  } else {  // the owner refuses; home will agree to that
    transaction.failed = transaction.data_arrived = true;
    end_handover(transaction, step);
  }
}

void CacheSide::end_read(Transaction& transaction, Step& step) {
  const Access access = transaction.access;
  end(transaction);
  Line& line = *cache_.find(access.block);
  line.state = LineState::shared;
  step.spent += cache_.touch(line, now() + step.spent, {});
  const Outcome outcome = access.kind == AccessKind::rlock
                              ? take_lock(access, line.locks, line.version)
                              : read_line(access, line);
  finish(access, outcome, step);
  drain(access.block, step);
}

void CacheSide::end_write(Transaction& transaction, Step& step) {
  const Access access = transaction.access;
  end(transaction);
  Line& line = *cache_.find(access.block);
  line.state = LineState::dirty;
  line.early = line.lost = false;
  step.spent += cache_.touch(line, now() + step.spent, {});
  if (access.kind == AccessKind::write) {
    finish(access, write_line(access, line), step);
  } else if (access.try_lock || can_lock(access, line.locks)) {
    finish(access, take_lock(access, line.locks, line.version), step);
  } else {
    wait(access);  // a reader of this server holds the lock
  }
  drain(access.block, step);
}

/// LOCK_FAILED: back to the state before.
void CacheSide::undo(Transaction& transaction, Step& step) {
  const Access access = transaction.access;
  const bool upgrade = transaction.sent == MessageKind::write_permission_only;
  end(transaction);
  Line& line = *cache_.find(access.block);
  const bool keep = upgrade && (!line.lost || system_.options.restore_lost_copies);
  if (keep || !line.locks.empty()) {
    line.state = LineState::shared;  // in no list until it is hit: as released
    line.early = line.lost = false;
  } else {
    cache_.drop(line);
  }
  ++counters_.lock_failures;
  finish(access, {Outcome::failed}, step);
  drain(access.block, step);
}

}  // namespace dsmsim::gam
