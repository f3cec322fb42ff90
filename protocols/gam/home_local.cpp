// This server as a home: its own accesses to its own memory, under the directory
// (gam/src/local_request_cache.cc).

#include "protocols/gam/home_side.hpp"

namespace dsmsim::gam {

bool HomeSide::answers(const Access& access) const {
  const DirectoryEntry* const entry = directory_.find(access.block);
  if (entry == nullptr) {
    return true;
  }
  const DirectoryState state = entry->state;
  if (state == DirectoryState::to_unshared && memory_is_valid(access, *entry)) {
    return true;
  }
  if (is_transient(state) || state == DirectoryState::dirty) {
    return false;
  }
  if (access.is_lock() && !can_lock(access, entry->locks)) {
    return access.try_lock;
  }
  return state == DirectoryState::unshared || !access.is_write();
}

/// While copies are invalidated for an access of this home nothing has been written yet, so others
/// read what is there: who waits for an acknowledgement that waits for a lock must not wait for
/// whoever holds that lock and only reads.
bool HomeSide::memory_is_valid(const Access& read, const DirectoryEntry& entry) const {
  return read.kind == AccessKind::read && !system_.options.home_reads_wait &&
         underway_.transactions()[entry.transaction].sent == MessageKind::invalidate &&
         !underway_.overtakes_own_write(read, entry.transaction);
}

Outcome HomeSide::attempt(const Access& access) {
  if (!answers(access)) {
    return {Outcome::pending};
  }
  if (brought_ > 0 && !access.is_lock()) [[unlikely]] {
    use_brought(access);
  }
  switch (access.kind) {
    case AccessKind::read:
      return system_.contents.see(access, memory_.version(access.block));
    case AccessKind::write:
      return write_home(access);
    case AccessKind::rlock:
    case AccessKind::wlock:
      break;
  }
  return take_lock(access, directory_.find_or_make(access.block).locks,
                   memory_.version(access.block));
}

Outcome HomeSide::write_home(const Access& access) {
  const std::uint64_t version = system_.contents.commit(access, memory_.version(access.block));
  memory_.store(access.block, version);
  return {Outcome::done, version};
}

void HomeSide::use_brought(const Access& access) {
  DirectoryEntry* const entry = directory_.find(access.block);
  if (entry != nullptr && entry->data.unused()) {
    entry->data.access(system_.traffic, access.cause(), Bytes(access.length));
    --brought_;
  }
}

/// Nobody holds the lock any more that has brought them.
void HomeSide::forget_brought(DirectoryEntry& entry) {
  if (entry.locks.empty() && entry.data.unused()) {
    entry.data.forget();
    --brought_;
  }
}

bool HomeSide::holds_lock(GlobalAddress block, std::uint32_t offset) const {
  const DirectoryEntry* const entry = directory_.find(block);
  return entry != nullptr && entry->locks.holds(offset);
}

void HomeSide::unlock(GlobalAddress block, std::uint32_t offset) {
  DirectoryEntry& entry = *directory_.find(block);
  entry.locks.release(offset);
  forget_brought(entry);
  directory_.drop_if_idle(entry);
}

Outcome HomeSide::start(const Access& access, Step& step) {
  const Outcome at_once = attempt(access);
  if (at_once.kind != Outcome::pending) {
    desk_.count(access, at_once.kind == Outcome::done);
    return at_once;
  }
  DirectoryEntry& entry = *directory_.find(access.block);
  if (is_transient(entry.state) || (access.is_lock() && !can_lock(access, entry.locks))) {
    return wait(access);
  }
  desk_.count_miss(access);
  if (entry.state == DirectoryState::shared) {
    invalidate_all(access, entry, step);
  } else {
    fetch(access, entry, step);
  }
  return {Outcome::pending};
}

/// Gets a dirty block back, to read it or to own it.
void HomeSide::fetch(const Access& access, DirectoryEntry& entry, Step& step) {
  const bool write = access.is_write();
  const MessageKind kind =
      write ? MessageKind::fetch_and_invalidate : MessageKind::fetch_and_shared;
  Transaction& transaction = begin(Transaction::Role::home, kind, access.block);
  transaction.access = access;
  transaction.access.counted = true;
  transaction.unanswered = 1;
  entry.state = write ? DirectoryState::to_unshared : DirectoryState::to_shared;
  entry.transaction = transaction.slot;
  send(entry.owner().server,
       {.kind = kind,
        .lock = access.is_lock(),
        .try_lock = access.try_lock,
        .id = transaction.slot,
        .block = access.block},
       access.tally, step);
}

void HomeSide::invalidate_all(const Access& access, DirectoryEntry& entry, Step& step) {
  Transaction& transaction = begin(Transaction::Role::home, MessageKind::invalidate, access.block);
  transaction.access = access;
  transaction.access.counted = true;
  transaction.unanswered = static_cast<std::uint32_t>(entry.sharers.size());
  entry.state = DirectoryState::to_unshared;
  entry.transaction = transaction.slot;
  Tally* const tally = transaction.unanswered == 1 ? access.tally : nullptr;
  for (const Sharer& sharer : entry.sharers) {
    send(sharer.server,
         {.kind = MessageKind::invalidate,
          .lock = access.is_lock(),
          .try_lock = access.try_lock,
          .id = transaction.slot,
          .buffer = sharer.buffer,
          .block = access.block},
         tally, step);
  }
}

void HomeSide::end_home_access(Transaction& transaction, DirectoryEntry& entry, Step& step) {
  const Access access = transaction.access;
  const bool failed = transaction.failed;
  const MessageKind sent = transaction.sent;
  end(transaction);
  charge(access.tally, Category::acks, now());
  if (failed) {
    entry.state = sent == MessageKind::invalidate ? DirectoryState::shared : DirectoryState::dirty;
    ++counters_.lock_failures;
    finish(access, {Outcome::failed}, step);
  } else {
    const bool shared = sent == MessageKind::fetch_and_shared;
    entry.state = shared ? DirectoryState::shared : DirectoryState::unshared;
    if (!shared) {
      entry.sharers.clear();
    }
    if (sent != MessageKind::invalidate) {
      brought_ += entry.data.unused() ? 0 : 1;
      entry.data.came(*system_.traffic, access.cause(), system_.options.block);
    }
    const Outcome outcome = attempt(access);
    if (outcome.kind == Outcome::pending) {
      wait(access);  // more readers than a lock can count
    } else {
      finish(access, outcome, step);
    }
    forget_brought(entry);
    directory_.drop_if_idle(entry);
  }
  drain(access.block, step);
}

}  // namespace dsmsim::gam
