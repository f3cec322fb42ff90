// This server asks other homes for blocks: accesses through the cache, and the answers
// (gam/src/cache.cc:11-505, pending_request.cc).

#include <algorithm>

#include "protocols/gam/node.hpp"

namespace dsmsim::gam {

// ---- accesses

bool Node::answers_at_cache(const Access& access) const {
  const Line* const line = cache_.find(access.block);
  return line != nullptr && answers(access, *line);
}

bool Node::answers(const Access& access, const Line& line) const {
  switch (line.state) {
    case LineState::to_shared:
      return false;
    case LineState::to_invalid:
      return access.kind == AccessKind::read && system_.options.read_dying_lines;
    case LineState::to_dirty:
      return access.kind == AccessKind::read && !line.locks.empty() &&
             (system_.options.early_write_bytes || !overtakes_own_write(access, line.transaction));
    case LineState::shared:
      return access.kind == AccessKind::read || (access.kind == AccessKind::rlock &&
                                                 (access.try_lock || can_lock(access, line.locks)));
    case LineState::dirty:
      return !access.is_lock() || access.try_lock || can_lock(access, line.locks);
  }
  return false;
}

/// Whether a thread would read what it has written before the write is granted, which is the
/// block's transaction under way or queues behind that. A line that gets the bytes early (as
/// released) shows them to the read. The first attempt at an access does not say whose it is; the
/// second does.
bool Node::overtakes_own_write(const Access& read, std::uint32_t transaction) const {
  const auto is_own = [&read](const Access& access) {
    return access.kind == AccessKind::write &&
           (read.thread == nullptr || access.thread == read.thread);
  };
  const BlockQueue* const queue = queues_.find(read.block);
  return is_own(transactions_[transaction].access) ||
         (queue != nullptr && std::any_of(queue->local.begin(), queue->local.end(), is_own));
}

Outcome Node::attempt_at_cache(const Access& access, Step& step) {
  Line* const found = cache_.find(access.block);
  if (found == nullptr || !answers(access, *found)) {
    return {Outcome::pending};
  }
  Line& line = *found;
  if (line.state == LineState::to_dirty) {
    return see_upgrading(access, line);
  }
  if (line.state != LineState::to_invalid) {
    step.spent += cache_.touch(line, now() + step.spent, step.list_hold);
  }
  switch (access.kind) {
    case AccessKind::read:
      return read_line(access, line);
    case AccessKind::write:
      return write_line(access, line);
    default:
      return take_lock(access, line.locks, line.version);
  }
}

Outcome Node::read_line(const Access& access, Line& line) {
  line.data.access(system_.traffic, Cause::read, Bytes(access.length));
  return see(access, line.version);
}

Outcome Node::write_line(const Access& access, Line& line) {
  line.data.access(system_.traffic, Cause::write, Bytes(access.length));
  line.version = commit(access, line.version);
  return {Outcome::done, line.version};
}

Outcome Node::start_at_cache(const Access& access, Step& step) {
  const Outcome at_once = attempt_at_cache(access, step);
  if (at_once.kind != Outcome::pending) {
    count(access, at_once.kind == Outcome::done);
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
void Node::miss(const Access& access, Step& step) {
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

void Node::send_for(const Access& access, Line& line, MessageKind kind, Step& step) {
  Transaction& transaction = begin(Transaction::Role::requester, kind, access.block);
  transaction.access = access;
  transaction.access.counted = true;
  count_miss(access);
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

/// The block has come: from home or its owner, for a read; from its owner, for a write.
void Node::on_data(Transaction& transaction, Step& step) {
  if (transaction.sent == MessageKind::read) {
    end_read(transaction, step);
    return;
  }
  transaction.data_arrived = true;
  end_handover(transaction, step);
}

/// Home knows that this server is the new owner, or that the old owner has refused.
void Node::on_home_agreed(Transaction& transaction, Step& step) {
  transaction.home_agreed = true;
  end_handover(transaction, step);
}

/// A block that was dirty elsewhere may be used when both its old owner and home have answered;
/// else home could take this server for an earlier owner (section 4.1 of Cai et al.).
void Node::end_handover(Transaction& transaction, Step& step) {
  if (transaction.data_arrived && transaction.home_agreed) {
    transaction.failed ? undo(transaction, step) : end_write(transaction, step);
  }
}

void Node::on_reply(Transaction& transaction, const Request& request, Step& step) {
  if (transaction.role != Transaction::Role::requester) {
    on_answer(transaction, request, step);
  } else if (!request.message.failed) {
    end_write(transaction, step);
  } else if (transaction.sent == MessageKind::read || request.from == transaction.block.home()) {
    undo(transaction, step);
  } else {  // the owner refuses; home will agree to that
    transaction.failed = transaction.data_arrived = true;
    end_handover(transaction, step);
  }
}

void Node::end_read(Transaction& transaction, Step& step) {
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

void Node::end_write(Transaction& transaction, Step& step) {
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
void Node::undo(Transaction& transaction, Step& step) {
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
