// What messages find where they arrive: the list that a complete exploration has to cover.

#include "protocols/drust/inspector.hpp"

namespace dsmsim::drust {

enum class Inspector::Situation : std::size_t {
  deallocate_alone,
  deallocate_copied,
  invalidate_left,
  invalidate_gone,
  invalidate_used,
  invalidated_more,
  invalidated_last,
  copy_first,
  copy_more,
  copy_again,
  move_alone,
  move_copied,
  owner_update_same,
  owner_update_colour,
  owner_update_address,
  part_read,
  part_write,
  part_colour,
  lock_free,
  lock_shared,
  lock_taken,
  unlock_alone,
  unlock_contended,
  runlock_last,
  runlock_more,
  guarded_read,
  guarded_write,
  unsafe_read,
  unsafe_write,
  mutex_pointer,
  in_place_read,
  in_place_write,
  reset,
  reset_done,
  flag,
  update,
  called,
  lease_end,
  atomic_verb,
  atomic_request,
  atomic_reply,
  transfer_alone,
  transfer_awaited,
  allocate,
  allocated,
  write_back_same,
  write_back_moved,
  other,
};

namespace {

struct Description {
  const char* name;
  bool (*possible)(const DrustOptions&) = [](const DrustOptions&) { return true; };
};

bool keeps_old_copies(const DrustOptions& o) { return !policy_of(o).clears_owner_copy; }
bool acknowledges(const DrustOptions& o) { return policy_of(o).awaits_invalidations; }
bool drops_unchanged(const DrustOptions& o) { return o.colouring == DrustColouring::full; }
bool in_place(const DrustOptions& o) { return o.mutex_value == DrustMutexValue::in_place; }
bool behind_pointer(const DrustOptions& o) { return !in_place(o); }
bool flags(const DrustOptions& o) { return policy_of(o).flags_requests; }
bool calls_owner(const DrustOptions& o) { return !policy_of(o).awaits_owner; }
bool answers_calls(const DrustOptions& o) { return policy_of(o).answers_calls; }
bool leases(const DrustOptions& o) { return policy_of(o).leases_mutexes; }
bool by_verb(const DrustOptions& o) { return o.atomics == DrustAtomics::verb; }
bool replicated(const DrustOptions& o) { return o.replication.backups > 0; }
bool by_message(const DrustOptions& o) { return !by_verb(o); }

ObjectId object_of(const Post& message) { return message.body.as<ObjectBody>().object; }

// In the order of Situation.
const Description kSituations[] = {
    {"DEALLOCATE: nobody else has copies"},
    {"DEALLOCATE: others have copies"},
    {"INVALIDATE: copies that nothing uses"},
    {"INVALIDATE: no copies, they were evicted or never there"},
    {"INVALIDATE: a copy in use", keeps_old_copies},
    {"INVALIDATED: others have still to answer", acknowledges},
    {"INVALIDATED: the last answer", acknowledges},
    {"COPY: the first of this name"},
    {"COPY: another server has one"},
    {"COPY: the reader has one of an older colour"},
    {"MOVE: nobody has copies"},
    {"MOVE: there are copies"},
    {"OWNER_UPDATE: nothing has changed", drops_unchanged},
    {"OWNER_UPDATE: another colour"},
    {"OWNER_UPDATE: another address"},
    {"PART_READ"},
    {"PART_WRITE"},
    {"PART_COLOUR"},
    {"LOCK: free"},
    {"LOCK: readers have it"},
    {"LOCK: a writer has it"},
    {"UNLOCK: nobody tries to lock"},
    {"UNLOCK: others try to lock"},
    {"RUNLOCK: the last reader"},
    {"RUNLOCK: others read"},
    {"GUARDED_READ", in_place},
    {"GUARDED_WRITE", in_place},
    {"UNSAFE_READ"},
    {"UNSAFE_WRITE"},
    {"MUTEX_POINTER", behind_pointer},
    {"IN_PLACE_READ"},
    {"IN_PLACE_WRITE"},
    {"RESET"},
    {"RESET_DONE"},
    {"FLAG", flags},
    {"UPDATE", calls_owner},
    {"CALLED", answers_calls},
    {"LEASE_END", leases},
    {"ATOMIC", by_verb},
    {"ATOMIC_REQUEST", by_message},
    {"ATOMIC_REPLY", by_message},
    {"TRANSFER: nobody waits"},
    {"TRANSFER: others wait for the object"},
    {"ALLOCATE"},
    {"ALLOCATED"},
    {"WRITE_BACK: of an object at its place", replicated},
    {"WRITE_BACK: of an object that has moved", replicated},
    {"of threads that move, and of lost servers", [](const DrustOptions&) { return false; }},
};

}  // namespace

Inspector::Inspector(const Inspected& parts) : parts_(parts) {
  static_assert(std::size(kSituations) == kEnumerators<Situation>);
  for (const Description& description : kSituations) {
    const bool possible = description.possible(parts_.runtime.options());
    index_of_.push_back(possible ? static_cast<int>(situations_.size()) : -1);
    if (possible) {
      situations_.emplace_back(description.name);
    }
  }
}

int Inspector::situation(const Post& message) const {
  return index_of_[static_cast<std::size_t>(meet(message))];
}

// NOLINTNEXTLINE(readability-function-size): lists every message
Inspector::Situation Inspector::meet(const Post& message) const {
  if (!parts_.runtime.types().contain(message.type)) {
    return Situation::other;  // the program's own
  }
  switch (parts_.runtime.types().kind(message.type)) {
    case MessageKind::deallocate:
      return meet_deallocate(message);
    case MessageKind::invalidate:
      return meet_invalidate(message);
    case MessageKind::invalidated:
      return meet_invalidated(message);
    case MessageKind::copy:
      return meet_copy(message);
    case MessageKind::move:
      return meet_move(message);
    case MessageKind::owner_update:
      return meet_owner_update(message);
    case MessageKind::lock:
      return meet_lock(message);
    case MessageKind::unlock:
      return parts_.mutexes.contended(object_of(message)) ? Situation::unlock_contended
                                                          : Situation::unlock_alone;
    case MessageKind::runlock:
      return parts_.objects[object_of(message)].lock == 1 ? Situation::runlock_last
                                                          : Situation::runlock_more;
    case MessageKind::transfer:
      return parts_.borrows.table().contended(object_of(message)) ? Situation::transfer_awaited
                                                                  : Situation::transfer_alone;
    case MessageKind::write_back:
      return parts_.replication->has_old_home(object_of(message)) ? Situation::write_back_moved
                                                                  : Situation::write_back_same;
    case MessageKind::part_read:
      return Situation::part_read;
    case MessageKind::part_write:
      return Situation::part_write;
    case MessageKind::part_colour:
      return Situation::part_colour;
    case MessageKind::guarded_read:
      return Situation::guarded_read;
    case MessageKind::guarded_write:
      return Situation::guarded_write;
    case MessageKind::unsafe_read:
      return Situation::unsafe_read;
    case MessageKind::unsafe_write:
      return Situation::unsafe_write;
    case MessageKind::mutex_pointer:
      return Situation::mutex_pointer;
    case MessageKind::in_place_read:
      return Situation::in_place_read;
    case MessageKind::in_place_write:
      return Situation::in_place_write;
    case MessageKind::reset:
      return Situation::reset;
    case MessageKind::reset_done:
      return Situation::reset_done;
    case MessageKind::flag:
      return Situation::flag;
    case MessageKind::update:
      return Situation::update;
    case MessageKind::called:
      return Situation::called;
    case MessageKind::lease_end:
      return Situation::lease_end;
    case MessageKind::atomic_add:
    case MessageKind::atomic_cas:
      return Situation::atomic_verb;
    case MessageKind::atomic_request:
      return Situation::atomic_request;
    case MessageKind::atomic_reply:
      return Situation::atomic_reply;
    case MessageKind::allocate:
      return Situation::allocate;
    case MessageKind::allocated:
      return Situation::allocated;
    case MessageKind::stack:
    case MessageKind::resume:
    case MessageKind::back_up:
    case MessageKind::promote:
    case MessageKind::promoted:
    case MessageKind::held:
    case MessageKind::serves:
    case MessageKind::lost:
    case MessageKind::ping:
    case MessageKind::pong:
    case MessageKind::ask:
    case MessageKind::told:
    case MessageKind::order:
    case MessageKind::moved:
      return Situation::other;
  }
  return Situation::other;
}

Inspector::Situation Inspector::meet_lock(const Post& message) const {
  const std::uint64_t word = parts_.objects[object_of(message)].lock;
  if (word == 0) {
    return Situation::lock_free;
  }
  return Mutexes::has_writer(word) ? Situation::lock_taken : Situation::lock_shared;
}

/// Whether any server but that one has copies of the address.
bool Inspector::has_copies(GlobalAddress address, NodeId but) const {
  for (std::uint32_t server = 0; server < parts_.runtime.servers(); ++server) {
    if (NodeId(server) != but &&
        parts_.memory.server(NodeId(server)).copies.newest(address).valid()) {
      return true;
    }
  }
  return false;
}

Inspector::Situation Inspector::meet_deallocate(const Post& message) const {
  const auto body = message.body.as<DisposalBody>();
  return has_copies(body.address, message.from) ? Situation::deallocate_copied
                                                : Situation::deallocate_alone;
}

Inspector::Situation Inspector::meet_invalidated(const Post& message) const {
  const auto body = message.body.as<DisposalBody>();
  return parts_.memory.disposals()[body.disposal].awaited.size() == 1 ? Situation::invalidated_last
                                                                      : Situation::invalidated_more;
}

Inspector::Situation Inspector::meet_invalidate(const Post& message) const {
  const auto body = message.body.as<DisposalBody>();
  const CopyTable& copies = parts_.memory.server(message.to).copies;
  CopyId copy = copies.newest(body.address);
  if (!copy.valid()) {
    return Situation::invalidate_gone;
  }
  while (copy.valid() && copies[copy].count == 0) {
    copy = copies[copy].older;
  }
  return copy.valid() ? Situation::invalidate_used : Situation::invalidate_left;
}

Inspector::Situation Inspector::meet_move(const Post& message) const {
  return has_copies(parts_.borrows.home(object_of(message)).address(), NodeId())
             ? Situation::move_copied
             : Situation::move_alone;
}

Inspector::Situation Inspector::meet_copy(const Post& message) const {
  const ColouredAddress name = parts_.borrows.home(object_of(message));
  const CopyTable& here = parts_.memory.server(message.from).copies;
  const CopyId own = here.find(name);  // it is arriving
  if (own.valid() && here[own].older.valid()) {
    return Situation::copy_again;
  }
  for (std::uint32_t server = 0; server < parts_.runtime.servers(); ++server) {
    if (NodeId(server) != message.from &&
        parts_.memory.server(NodeId(server)).copies.find(name).valid()) {
      return Situation::copy_more;
    }
  }
  return Situation::copy_first;
}

Inspector::Situation Inspector::meet_owner_update(const Post& message) const {
  const ColouredAddress box = parts_.objects[object_of(message)].box.target;
  const ColouredAddress last(message.content);
  if (last == box) {
    return Situation::owner_update_same;
  }
  return last.address() == box.address() ? Situation::owner_update_colour
                                         : Situation::owner_update_address;
}

}  // namespace dsmsim::drust
