// Affinity pointers: objects that lie, and move, together (OSDI'24, section 4.1.3). Who has the
// root of a group has all of it, as in Rust a borrow of a struct is one of what it owns; so whoever
// needs several objects of a group takes the root first, and the others in the group's order.

#include <algorithm>

#include "protocols/drust/engine.hpp"

namespace dsmsim {

using drust::Passenger;
using drust::Sender;

// ---- tying

MaybeDuration DrustEngine::try_tie(const Thread& thread, const Op& op) {
  check_tie(thread, op);
  return std::nullopt;
}

void DrustEngine::check_tie(const Thread& thread, const Op& op) {
  if (const char* const why = runtime_.policy().no_ties) {
    runtime_.reject(thread, op, why);
  }
  const drust::Affinity& affinity = runtime_.affinity();
  if (survival_ != nullptr) {
    runtime_.reject(thread, op, "objects with affinity pointers are not written back to backups");
  }
  if (affinity.tied(op.object)) {
    runtime_.reject(thread, op,
                    "there is an affinity pointer to it already, in the group of " +
                        object_name(affinity.root(op.object)));
  }
  require_whole(thread, op, op.object);
  if (op.operand != kTiedToStack) {
    const ObjectId owner(op.operand);
    if (owner.index() >= runtime_.objects().size() || !runtime_.object(owner).live) {
      runtime_.reject(thread, op, "its owner is not there");
    }
    if (affinity.root(owner) == op.object) {
      runtime_.reject(thread, op,
                      "a cycle of affinity pointers: " + object_name(owner) + " goes with it");
    }
    require_whole(thread, op, affinity.root(owner));
  }
}

/// An object on the heap whose Box is here.
void DrustEngine::require_whole(const Thread& thread, const Op& op, ObjectId id) const {
  const ObjectState& object = runtime_.object(id);
  if (object.guarded || object.raw) {
    runtime_.reject(thread, op, "a mutex, or unsafe code, is no part of an affinity group");
  }
  if (object.owner != thread.node()) {
    runtime_.reject(thread, op,
                    "the owner of " + object_name(id) + " is on server " +
                        std::to_string(object.owner.value()));
  }
}

/// The pointer is stored in its owner, as by a write of it; both are here then.
Task<> DrustEngine::tie(Thread& thread, Op& op) {
  const bool to_stack = op.operand == kTiedToStack;
  const ObjectId root = to_stack ? op.object : runtime_.affinity().root(ObjectId(op.operand));
  const Op of_root{.kind = op.kind, .object = root};
  co_await borrows_.admit(thread, of_root, BorrowMode::exclusive);
  co_await bring_owned(thread, root);
  if (!to_stack) {
    co_await borrows_.admit(thread, op, BorrowMode::exclusive);
    co_await bring_owned(thread, op.object);
    check_tie(thread, op);
    runtime_.affinity().tie(op.object, root);
    runtime_.object(op.object).tied = true;
    runtime_.threads().set_owner(op.object, runtime_.threads().owner(root));
    borrows_.table().release(op.object, BorrowMode::exclusive);
  } else {
    runtime_.affinity().pin(root);
  }
  borrows_.table().release(root, BorrowMode::exclusive);
  co_await runtime_.spend(thread, Category::cpu, runtime_.profile().touch(drust::kPointer));
}

/// As for a write of its owner, which has no other way here.
Task<> DrustEngine::bring_owned(Thread& thread, ObjectId object) {
  const bool here = co_await make_writable(thread, object, BorrowId());
  if (!here) {
    memory_.out_of_memory(thread.node(), runtime_.size(object));
  }
}

// ---- moving together

/// As borrows_.admit(), for a write or a mutable borrow of an object that another one has a TBox
/// to. It comes here with its group; not if there is no room.
Task<> DrustEngine::admit_member(Thread& thread, const Op& op) {
  const std::vector<ObjectId> held = co_await take_group(thread, op.object, ObjectId());
  if (!runtime_.heap().is_local(home(op.object).address(), thread.node())) {
    const auto moved = co_await bring_group(thread, op.object, false, runtime_.costs().check);
    if (moved) {
      co_await runtime_.spend(thread, Category::cpu, moved->cpu);
    }
  }
  for (const ObjectId each : held) {
    if (each != op.object) {
      borrows_.table().release(each, BorrowMode::exclusive);
    }
  }
}

/// Everything of the group, but what this thread has already: `mine`, and what it borrows.
Task<std::vector<ObjectId>> DrustEngine::take_group(Thread& thread, ObjectId object,
                                                    ObjectId mine) {
  std::vector<ObjectId> taken;
  for (const ObjectId each : runtime_.affinity().group(object)) {
    if (each != mine && !borrows_.references().mutable_of(thread.id(), each).valid()) {
      const Op op{.kind = OpKind::write, .object = each};
      co_await borrows_.admit(thread, op, BorrowMode::exclusive);
      taken.push_back(each);
    }
  }
  co_return taken;
}

/// The object, which the thread has borrowed mutably, and its group with it.
Task<std::optional<drust::Moved>> DrustEngine::bring_group_of(Thread& thread, ObjectId object,
                                                              bool owner, Duration cpu) {
  const std::vector<ObjectId> held = co_await take_group(thread, object, object);
  const std::optional<drust::Moved> moved = co_await bring_group(thread, object, owner, cpu);
  for (const ObjectId each : held) {
    borrows_.table().release(each, BorrowMode::exclusive);
  }
  co_return moved;
}

/// The group is this thread's alone. One READ for all of it; every pointer to one of its objects
/// that is here, or comes here with it, is set at once. The Box of the root may be elsewhere.
Task<std::optional<drust::Moved>> DrustEngine::bring_group(Thread& thread, ObjectId object,
                                                           bool owner, Duration cpu) {
  const NodeId here = thread.node();
  std::vector<Passenger> group;
  group.push_back({.object = object, .from = home(object)});
  for (const ObjectId each : runtime_.affinity().group(object)) {
    if (each != object && !runtime_.mutated("drust.group_left_behind")) {
      group.push_back({.object = each, .from = home(each)});
    }
  }
  for (const Passenger& each : group) {
    borrows_.drop_owner_copy(runtime_.object(each.object));
  }
  const auto spent = co_await mover_.move_group(thread, group, owner, cpu);
  if (!spent) {
    co_return std::nullopt;
  }
  BorrowId far;
  for (const Passenger& each : group) {
    ObjectState& state = runtime_.object(each.object);
    BorrowId mut = borrows_.references().mutable_of(thread.id(), each.object);
    if (state.tied) {
      state.owner = here;
    } else if (!mut.valid() && state.owner != here) {
      mut = far = borrows_.make(thread, {.kind = OpKind::borrow_mut, .object = each.object}, true);
    }
    drust::Pointer& known = borrows_.pointer(each.object, mut);
    known.target = each.home;
    known.extension.clear_written();
  }
  const drust::Moved moved{group.front().home, *spent};
  if (far.valid()) {
    co_await update_owner(thread, borrows_[far].object, borrows_[far].pointer.target);
    borrows_.references().remove(far);
  }
  co_return moved;
}

// ---- the rest of what happens to a group

void DrustEngine::require_root(const Thread& thread, const Op& op) const {
  if (runtime_.object(op.object).tied) {
    runtime_.reject(thread, op,
                    "it belongs to " + object_name(runtime_.affinity().root(op.object)) +
                        ", by an affinity pointer");
  }
}

/// What the object has affinity pointers to is dropped with it.
Task<> DrustEngine::release_group(Thread& thread, Op& op) {
  const std::vector<ObjectId> group = runtime_.affinity().group(op.object);
  const std::vector<ObjectId> taken = co_await take_group(thread, op.object, ObjectId());
  if (taken.size() < group.size()) {
    runtime_.reject(thread, op, "the thread still borrows something of it");
  }
  std::vector<drust::Given> all;
  for (const ObjectId each : group) {
    ObjectState& object = runtime_.object(each);
    borrows_.drop_owner_copy(object);
    all.push_back({each, object.box.target});
    object.live = object.tied = false;
  }
  Sender sender{thread.node()};
  memory_.give_up(sender, all);
  runtime_.affinity().dissolve(op.object);
  for (const ObjectId each : group) {
    borrows_.table().release(each, BorrowMode::exclusive);
  }
  co_await runtime_.spend(thread, Category::cpu, sender.spent);
}

/// The stack of the thread keeps an object where it is, and so the thread stays.
bool DrustEngine::has_pinned(ThreadId thread) const {
  const std::set<ObjectId>& pinned = runtime_.affinity().pinned();
  return std::any_of(pinned.begin(), pinned.end(),
                     [&](ObjectId object) { return runtime_.threads().owner(object) == thread; });
}

}  // namespace dsmsim
