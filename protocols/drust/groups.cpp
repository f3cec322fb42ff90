#include "protocols/drust/groups.hpp"

namespace dsmsim::drust {

Task<> Groups::admit_member(Thread& thread, const Op& op) {
  const std::vector<ObjectId> held = co_await take(thread, op.object, ObjectId());
  if (!heap_.is_local(borrows_.home(op.object).address(), thread.node())) {
    const auto moved =
        co_await bring_taken(thread, op.object, UnusedCopies::left, runtime_.costs().check);
    if (moved) {
      co_await runtime_.spend(thread, Category::cpu, moved->cpu);
    }
  }
  leave(held, op.object);
}

Task<std::vector<ObjectId>> Groups::take(Thread& thread, ObjectId object, ObjectId mine) {
  std::vector<ObjectId> taken;
  for (const ObjectId each : runtime_.affinity().group(object)) {
    if (each != mine && !borrows_.references().mutable_of(thread.id(), each).valid()) {
      const Op op = Op::write(each, Bytes(), Bytes());
      co_await borrows_.admit(thread, op, BorrowMode::exclusive);
      taken.push_back(each);
    }
  }
  co_return taken;
}

Task<std::optional<Moved>> Groups::bring(Thread& thread, ObjectId object, UnusedCopies copies,
                                         Duration cpu) {
  const std::vector<ObjectId> held = co_await take(thread, object, object);
  const std::optional<Moved> moved = co_await bring_taken(thread, object, copies, cpu);
  leave(held);
  co_return moved;
}

void Groups::leave(const std::vector<ObjectId>& taken, ObjectId but) {
  for (const ObjectId each : taken) {
    if (each != but) {
      borrows_.table().release(each, BorrowMode::exclusive);
    }
  }
}

/// The object first.
std::vector<Passenger> Groups::passengers(ObjectId object) const {
  std::vector<Passenger> group;
  group.push_back({.object = object, .from = borrows_.home(object)});
  for (const ObjectId each : runtime_.affinity().group(object)) {
    if (each != object && !runtime_.mutated("drust.group_left_behind")) {
      group.push_back({.object = each, .from = borrows_.home(each)});
    }
  }
  return group;
}

/// The group is this thread's alone. One READ for all of it; every pointer to one of its objects
/// that is here, or comes here with it, is set at once. The Box of the root may be elsewhere.
Task<std::optional<Moved>> Groups::bring_taken(Thread& thread, ObjectId object, UnusedCopies copies,
                                               Duration cpu) {
  const NodeId here = thread.node();
  std::vector<Passenger> group = passengers(object);
  for (const Passenger& each : group) {
    borrows_.drop_owner_copy(objects_[each.object]);
  }
  const auto spent = co_await mover_.move_group(thread, group, copies, cpu);
  if (!spent) {
    co_return std::nullopt;
  }
  BorrowId far;
  for (const Passenger& each : group) {
    ObjectState& state = objects_[each.object];
    BorrowId mut = borrows_.references().mutable_of(thread.id(), each.object);
    if (state.tied) {
      state.owner = here;
    } else if (!mut.valid() && state.owner != here) {
      mut = far = borrows_.make(thread, Op::borrow_mut(each.object), BorrowMode::exclusive);
    }
    Pointer& known = borrows_.pointer(each.object, mut);
    known.target = each.home;
    known.extension.clear_written();
  }
  const Moved moved{group.front().home, *spent};
  if (far.valid()) {
    co_await returns_.update_owner(thread, borrows_[far].object, borrows_[far].pointer.target);
    borrows_.references().remove(far);
  }
  co_return moved;
}

}  // namespace dsmsim::drust
