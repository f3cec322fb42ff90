#include "protocols/drust/parts.hpp"

namespace dsmsim::drust {

bool Parts::is_remote(const Reference& reference) const {
  return reference.partial() && !heap_.is_local(reference.pointer.target.address(), reference.node);
}

/// A write has taken effect with this: whoever might see the object without it has to wait until it
/// has been written back.
void Parts::use(Op& op, Reference& part) {
  const bool write = op.kind == OpKind::write;
  op.result = write ? objects_.write(op, part.stamp) : objects_.read(op, part.stamp);
  part.dirty |= write;
  part.data.access(&runtime_.traffic(), cause_of(op), op.length);
}

MaybeDuration Parts::try_access(Op& op, Reference& part) {
  if (part.part == GlobalAddress()) {
    return std::nullopt;
  }
  use(op, part);
  ++runtime_.counters().hits;
  return runtime_.costs().check + runtime_.profile().touch(op.length);
}

Task<> Parts::access(Thread& thread, Op& op) {
  const bool fetched = co_await fetch(thread, op.borrow);
  if (fetched) {
    use(op, borrows_[op.borrow]);
    co_await runtime_.spend(thread, Category::cpu, runtime_.profile().touch(op.length));
  } else {
    co_await no_room_.access_part(thread, op);
  }
}

/// False: there is no room for it here.
Task<bool> Parts::fetch(Thread& thread, BorrowId borrow) {
  const Reference part = borrows_[borrow];
  Duration cpu = runtime_.costs().check;
  const auto room = memory_.try_reserve(thread.node(), part.length, cpu);
  if (!room) {
    co_await runtime_.spend(thread, Category::cpu, cpu);
    co_return false;
  }
  borrows_[borrow].part = *room;
  const auto read = [objects = &objects_, object = part.object] {
    return (*objects)[object].stamp;
  };
  const auto host = [&] { return heap_.host(part.pointer.target.address()); };
  const OneSided request{.kind = MessageKind::part_read,
                         .object = part.object,
                         .to = host(),
                         .payload = part.length,
                         .data = {thread.tally().cause(), part.length},
                         .before = cpu,
                         .effect = read};
  Fabric::Operation operation = runtime_.request(thread, request);
  std::uint64_t stamp = co_await operation;
  if (stamp == Fabric::kFailed) [[unlikely]] {
    stamp = co_await runtime_.again(thread, request, host);
  }
  borrows_[borrow].stamp = stamp;
  borrows_[borrow].data.came(runtime_.traffic(), thread.tally().cause(), part.length);
  ++runtime_.counters().part_borrows;
  co_return true;
}

/// Writes the copied part back if it was written. A part that was written, here or where it lies,
/// changes the colour in the Box.
Task<> Parts::write_back(Thread& thread, BorrowId borrow) {
  const Reference part = borrows_[borrow];
  if (part.written_in_place && !part.dirty) {
    co_await recolour_box(thread, part.object);
  }
  if (!part.dirty) {
    co_return;
  }
  const auto write = [this, object = part.object, stamp = part.stamp] {
    if (!runtime_.mutated("drust.part_not_written_back")) {
      objects_[object].stamp = stamp;
    }
  };
  const Cause cause = borrows_[borrow].data.leave(runtime_.traffic(), part.length);
  const OneSided request{.kind = MessageKind::part_write,
                         .object = part.object,
                         .to = heap_.host(part.pointer.target.address()),
                         .payload = part.length,
                         .data = {cause, part.length},
                         .effect = write,
                         .content = part.stamp};
  if (survival_ != nullptr) {
    const ColouredAddress name = objects_[part.object].box.target.next_colour();
    co_await survival_->use_far(thread, request, {name, part.length, true});
  } else {
    Fabric::Operation operation = runtime_.request(thread, request);
    co_await operation;
  }
  co_await recolour_box(thread, part.object);
}

/// The part has been written back: the Box, which may be on another server, has the next colour.
Task<> Parts::recolour_box(Thread& thread, ObjectId object) {
  const ColouredAddress before = objects_[object].box.target;
  const auto recolour = [this, object, before] {
    Pointer& box = objects_[object].box;
    if (box.target == before && !runtime_.mutated("drust.part_same_colour")) {
      box.target = box.target.next_colour();
    }
  };
  const NodeId owner = objects_[object].owner;
  if (owner == thread.node()) {
    recolour();
    co_await runtime_.spend(thread, Category::cpu, runtime_.costs().local_atomic);
  } else {
    const OneSided request{.kind = MessageKind::part_colour,
                           .object = object,
                           .to = owner,
                           .payload = kPointer,
                           .effect = recolour};
    Fabric::Operation add = runtime_.request(thread, request);
    const std::uint64_t added = co_await add;
    if (added == Fabric::kFailed) [[unlikely]] {
      co_await runtime_.again(thread, request, [&] { return objects_[object].owner; });
    }
  }
}

Task<> Parts::leave(Thread& thread, BorrowId borrow) {
  co_await write_back(thread, borrow);
  Reference& part = borrows_[borrow];
  part.written_in_place = false;
  if (part.part == GlobalAddress()) {
    co_return;
  }
  heap_.release(part.part, part.length);
  part.part = {};
  part.dirty = false;
  co_await runtime_.spend(thread, Category::cpu, runtime_.costs().deallocation);
}

Task<> Parts::drop(Thread& thread, BorrowId borrow) {
  co_await leave(thread, borrow);
  borrows_.end(borrow);
}

}  // namespace dsmsim::drust
