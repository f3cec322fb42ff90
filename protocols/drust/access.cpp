#include "protocols/drust/access.hpp"

namespace dsmsim::drust {

Access::Access(const Accessed& all)
    : runtime_(all.runtime),
      objects_(all.objects),
      heap_(all.heap),
      memory_(all.memory),
      mover_(all.mover),
      mutexes_(all.mutexes),
      uncached_(all.uncached),
      borrows_(all.borrows),
      no_room_(all.no_room),
      parts_(all.parts),
      groups_(all.groups),
      returns_(all.returns),
      survival_(all.survival) {}

// ---- reads

/// Whether the pointer that this read goes through lives on: then it remembers the copy it uses.
bool Access::keeps(const ObjectState& object, const Op& op, NodeId here) const {
  if (op.borrow.valid()) {
    return !borrows_[op.borrow].mut;  // a MutRef is read through a Ref that is made from it
  }
  return object.owner == here && runtime_.options().owner_copy != DrustOwnerCopy::per_access;
}

/// The read has found these contents.
inline void Access::end_read(Op& op, const ObjectState& object, std::uint64_t stamp) {
  if (object.tracked) [[unlikely]] {
    runtime_.use(op);
  }
  op.result = objects_.read(op, stamp);
  runtime_.counters().stale_reads += stamp != object.stamp ? 1 : 0;
}

/// deref, as far as it needs no message and nothing to wait for.
bool Access::try_dereference(NodeId here, const ObjectState& object, Pointer& pointer, bool keep,
                             Found& found) {
  found.cpu = object.tied ? Duration() : runtime_.costs().check;
  if (heap_.is_local(pointer.target.address(), here)) {
    found.stamp = object.stamp;
    ++runtime_.counters().local;
    return true;
  }
  ServerState& server = memory_.server(here);
  if (keep && pointer.extension.has_copy()) {
    found.stamp = server.copies[pointer.extension.copy()].stamp;
    ++runtime_.counters().hits;
    return true;
  }
  if (server.map_lock.locked()) {
    return false;
  }
  const CopyId copy = memory_.find(here, pointer.target);
  if (!copy.valid() ||
      (server.copies[copy].arrives != nullptr && !runtime_.mutated("drust.copy_not_awaited"))) {
    return false;
  }
  found.stamp = server.copies[copy].stamp;
  found.cpu += runtime_.costs().map_operation * (keep ? 1 : 2);  // taken, and dropped again
  if (keep) {
    server.copies.take(copy);
    pointer.extension.set_copy(copy);
  }
  ++runtime_.counters().hits;
  return true;
}

/// The read through its pointer: the Box, a Ref that is held, or one that is used once.
bool Access::try_read_through(const Op& op, NodeId here, ObjectState& object, Found& found) {
  const bool keep = keeps(object, op, here);
  Pointer& through = borrows_.pointer(object, op.borrow);
  Pointer passing = through;
  Pointer& used = keep ? through : passing;
  if (!op.borrow.valid() && object.owner != here && !runtime_.mutated("drust.u_bit_kept")) {
    object.box.extension.clear_written();  // a Ref is made from the Box
  }
  return try_dereference(here, object, used, keep, found);
}

MaybeDuration Access::try_read(Thread& thread, Op& op, ObjectState& object) {
  const NodeId here = thread.node();
  if (op.borrow.valid()) {
    Reference& reference = borrows_.check_reference(thread, op);
    if (parts_.is_remote(reference)) {
      return parts_.try_access(op, reference);
    }
  }
  if (object.guarded) {
    mutexes_.require_lock(thread, op);
  }
  if (runtime_.is_uncached(object)) {
    return uncached_.try_here(thread, op);
  }
  if (object.guarded && !mutexes_.knows_pointer(thread, op.object)) {
    return std::nullopt;
  }
  Found found;
  const bool admitted = op.borrow.valid() || borrows_.table().admits(op.object, BorrowMode::shared);
  if (!admitted || !try_read_through(op, here, object, found)) {
    return std::nullopt;
  }
  end_read(op, object, found.stamp);
  return found.cpu + runtime_.profile().touch(op.length);
}

Task<> Access::read(Thread& thread, Op& op) {
  if (runtime_.is_uncached(objects_[op.object])) {
    co_await uncached_.perform(thread, op);
  } else if (!op.borrow.valid()) {
    co_await admit_to_read(thread, op);
    co_await read_admitted(thread, op);
    borrows_.leave(thread.id(), op.object, BorrowMode::shared);
  } else if (parts_.is_remote(borrows_[op.borrow])) {
    co_await parts_.access(thread, op);
  } else {
    co_await read_admitted(thread, op);
  }
}

Task<> Access::admit_to_read(Thread& thread, const Op& op) {
  if (objects_[op.object].guarded) {
    co_await mutexes_.read_pointer(thread, op.object);
  }
  co_await borrows_.admit(thread, op, BorrowMode::shared);
  if (survival_ != nullptr) {
    co_await survival_->about_to_know(thread, op.object);
  }
}

Task<> Access::read_admitted(Thread& thread, Op& op) {
  Found found;
  if (!try_read_through(op, thread.node(), objects_[op.object], found)) {
    const CopyId copy = co_await mover_.copy(
        thread, op.object, borrows_.pointer(op.object, op.borrow).target, found.cpu);
    if (copy.valid()) {
      found = read_copy(op, thread.node(), copy);
    } else {
      found.cpu = Duration();
      found.stamp = co_await no_room_.read(thread, op);
    }
  }
  end_read(op, objects_[op.object], found.stamp);
  co_await runtime_.spend(thread, Category::cpu, found.cpu + runtime_.profile().touch(op.length));
}

/// The copy was fetched for this read: its pointer remembers it, or has no more use for it.
Access::Found Access::read_copy(const Op& op, NodeId here, CopyId copy) {
  Found found{Duration(), memory_.server(here).copies[copy].stamp};
  Pointer& through = borrows_.pointer(op.object, op.borrow);
  if (keeps(objects_[op.object], op, here) && !through.extension.has_copy()) {
    through.extension.set_copy(copy);
  } else {
    found.cpu = borrows_.drop_copy(here, copy);
  }
  return found;
}

// ---- writes

/// deref_mut of a local object: true if it may be written through the pointer now. The colour
/// changes at the first write of an epoch; in the simplified protocol whenever a MutRef is dropped,
/// and a write through the Box is one that is made and dropped.
bool Access::try_make_writable(NodeId here, ObjectState& object, Pointer& pointer, bool owner) {
  if (!heap_.is_local(pointer.target.address(), here)) {
    return false;
  }
  if (!runtime_.policy().colours_writes) {
    return true;
  }
  const bool simplified = runtime_.options().colouring == DrustColouring::simplified;
  if (simplified ? !owner : pointer.extension.written()) {
    return true;
  }
  if (pointer.target.colour() == runtime_.last_colour()) {
    return false;
  }
  if (owner) {
    borrows_.overwrite_owner_copy(object);
  }
  if (!runtime_.mutated("drust.same_colour")) {
    pointer.target = pointer.target.next_colour();
  }
  pointer.extension.set_written();
  return true;
}

MaybeDuration Access::try_write(Thread& thread, Op& op, ObjectState& object) {
  const NodeId here = thread.node();
  const bool owner = !op.borrow.valid();
  if (!owner) {
    Reference& reference = borrows_.check_reference(thread, op);
    if (!reference.mut) {
      runtime_.reject(thread, op, "it is written through an immutable reference");
    }
    if (parts_.is_remote(reference)) {
      return parts_.try_access(op, reference);
    }
  }
  if (object.guarded) {
    mutexes_.require_lock(thread, op);
  }
  if (runtime_.is_uncached(objects_[op.object])) {
    return uncached_.try_here(thread, op);
  }
  if (owner &&
      (object.owner != here || !borrows_.table().admits(op.object, BorrowMode::exclusive) ||
       follows_every_write(survival_))) {
    return std::nullopt;
  }
  if (!try_make_writable(here, object, borrows_.pointer(op.object, op.borrow), owner)) {
    return std::nullopt;
  }
  ++runtime_.counters().local;
  if (object.tracked) [[unlikely]] {
    runtime_.use(op);
  }
  op.result = objects_.write(op, object.stamp);
  return (object.tied ? Duration() : runtime_.costs().check) + runtime_.profile().touch(op.length);
}

Task<> Access::write(Thread& thread, Op& op) {
  if (runtime_.is_uncached(objects_[op.object])) {
    co_await uncached_.perform(thread, op);
  } else if (!op.borrow.valid()) {
    if (objects_[op.object].guarded) {
      co_await mutexes_.read_pointer(thread, op.object);
    }
    co_await admit_to_write(thread, op);
    co_await write_unborrowed(thread, op);
  } else if (parts_.is_remote(borrows_[op.borrow])) {
    co_await parts_.access(thread, op);
  } else {
    co_await write_admitted(thread, op, op.borrow);
  }
}

Task<> Access::admit_to_write(Thread& thread, const Op& op) {
  return objects_[op.object].tied ? groups_.admit_member(thread, op)
                                  : borrows_.admit(thread, op, BorrowMode::exclusive);
}

/// By the owner's server through the Box; by others through a MutRef that is used once.
Task<> Access::write_unborrowed(Thread& thread, Op& op) {
  if (objects_[op.object].owner == thread.node()) {
    co_await write_admitted(thread, op, BorrowId());
    if (follows_every_write(survival_)) {
      co_await survival_->about_to_leave(thread, op.object, objects_[op.object].box.target);
    }
    borrows_.leave(thread.id(), op.object, BorrowMode::exclusive);
  } else {
    if (survival_ != nullptr) {
      co_await survival_->about_to_know(thread, op.object);
    }
    const BorrowId once = borrows_.make(thread, op, BorrowMode::exclusive);
    co_await write_admitted(thread, op, once);
    co_await returns_.drop_mut(thread, once);
  }
}

Task<> Access::write_admitted(Thread& thread, Op& op, BorrowId borrow) {
  const bool writable = co_await make_writable(thread, op.object, borrow);
  if (writable) {
    if (objects_[op.object].tracked) {
      runtime_.use(op);
    }
    op.result = objects_.write(op, objects_[op.object].stamp);
    co_await runtime_.spend(thread, Category::cpu, runtime_.profile().touch(op.length));
  } else {
    co_await no_room_.write(thread, op, borrow);
  }
}

Task<bool> Access::make_writable(Thread& thread, ObjectId object, BorrowId borrow) {
  const NodeId here = thread.node();
  const bool owner = !borrow.valid();
  const Duration check = runtime_.costs().check;
  if (try_make_writable(here, objects_[object], borrows_.pointer(object, borrow), owner)) {
    ++runtime_.counters().local;
    co_await runtime_.spend(thread, Category::cpu, check);
    co_return true;
  }
  const ColouredAddress from = borrows_.pointer(object, borrow).target;
  std::optional<Moved> moved;
  if (heap_.is_local(from.address(), here)) {
    moved = co_await mover_.recolour(thread, object, from, check);
  } else if (runtime_.affinity().pinned(object)) {
    co_return false;
  } else if (runtime_.affinity().grouped(object)) {
    const auto copies = owner ? UnusedCopies::promoted : UnusedCopies::left;
    moved = co_await groups_.bring(thread, object, copies, check);
  } else if (owner) {
    moved = co_await bring_to_owner(thread, object, from);
  } else {
    moved = co_await mover_.move(thread, object, from, check);
  }
  if (!moved) {
    co_return false;
  }
  if (owner) {
    borrows_.overwrite_owner_copy(objects_[object]);
  }
  borrows_.pointer(object, borrow).target = moved->home;
  borrows_.pointer(object, borrow).extension.set_written();
  co_await runtime_.spend(thread, Category::cpu, moved->cpu);
  co_return true;
}

/// The owner writes a remote object: its own copy becomes the object, if there is one.
Task<std::optional<Moved>> Access::bring_to_owner(Thread& thread, ObjectId object,
                                                  ColouredAddress from) {
  CopyTable& copies = memory_.server(thread.node()).copies;
  Pointer& box = objects_[object].box;
  const Duration cpu = runtime_.costs().check + runtime_.costs().map_operation;
  if (!runtime_.policy().promotes_copies) {
    borrows_.drop_owner_copy(objects_[object]);
    co_return co_await mover_.move(thread, object, from, cpu);
  }
  const CopyId copy = memory_.find(thread.node(), from);
  if (copy.valid() && box.extension.has_copy() && box.extension.copy() == copy) {
    borrows_.drop_owner_copy(objects_[object]);
  }
  if (copy.valid() && copies[copy].count == 0) {
    co_return mover_.promote(thread, object, from, copy, cpu);
  }
  co_return co_await mover_.move(thread, object, from, cpu);
}

}  // namespace dsmsim::drust
