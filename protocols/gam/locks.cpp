// Locks: permissions of coherence with a count on top, so no lock message exists
// (section 5.1 of Cai et al.; gam/src/cache.cc:309-505, directory.cc, worker.cc).

#include "protocols/gam/node.hpp"

namespace dsmsim::gam {

bool Node::can_lock(const Access& access, const LockTable& locks) {
  return access.kind == AccessKind::rlock ? locks.can_share(access.offset)
                                          : locks.can_own(access.offset);
}

/// Takes the lock if it is free; the caller has made sure that the access does not have to wait.
Outcome Node::take_lock(const Access& access, LockTable& locks, std::uint64_t version) {
  if (!can_lock(access, locks)) {
    ++counters_.lock_failures;
    return {Outcome::failed};
  }
  access.kind == AccessKind::rlock ? locks.share(access.offset) : locks.own(access.offset);
  return {Outcome::done, version};
}

bool Node::holds_lock(GlobalAddress block, std::uint32_t offset) const {
  if (is_home(block)) {
    const DirectoryEntry* const entry = directory_.find(block);
    return entry != nullptr && entry->locks.holds(offset);
  }
  const Line* const line = cache_.find(block);
  return line != nullptr && line->locks.holds(offset);
}

void Node::unlock(GlobalAddress block, std::uint32_t offset, Step& step) {
  if (is_home(block)) {
    DirectoryEntry& entry = *directory_.find(block);
    entry.locks.release(offset);
    forget_brought(entry);
    directory_.drop_if_idle(entry);
  } else {
    cache_.find(block)->locks.release(offset);
  }
  drain(block, step);
}

/// LOCK_FAILED, to everybody who waits for the answer.
void Node::refuse(const Request& request, Step& step) {
  const Message& message = request.message;
  const bool reading = message.kind == MessageKind::read ||
                       message.kind == MessageKind::read_forward ||
                       message.kind == MessageKind::fetch_and_shared;
  const MessageKind reply = reading ? MessageKind::read_reply : MessageKind::write_reply;
  const bool forwarded =
      message.kind == MessageKind::read_forward || message.kind == MessageKind::write_forward;
  send(request.from, {.kind = reply, .failed = true, .id = message.id},
       forwarded ? nullptr : request.tally, step);
  if (forwarded) {
    send(message.requester, {.kind = reply, .failed = true, .id = message.requester_id},
         request.tally, step);
  }
}

/// The word is computed when the write permission is there.
void Node::apply_atomic(const Access& access) {
  if (access.atomic == nullptr) {
    return;
  }
  Op& op = *access.atomic;
  std::uint64_t& word = system_.words[access.block + Bytes(access.offset)];
  op.result = word;
  if (op.kind == OpKind::atomic_add) {
    word += op.operand;
  } else if (word == op.expected) {
    word = op.operand;
  }
}

}  // namespace dsmsim::gam
