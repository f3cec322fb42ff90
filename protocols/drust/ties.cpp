#include "protocols/drust/ties.hpp"

#include <algorithm>
#include <set>

namespace dsmsim::drust {

void Ties::check(const Thread& thread, const Op& op) const {
  if (const char* const why = runtime_.policy().no_ties) {
    runtime_.reject(thread, op, why);
  }
  const Affinity& affinity = runtime_.affinity();
  if (survival_ != nullptr) {
    runtime_.reject(thread, op, "objects with affinity pointers are not written back to backups");
  }
  if (affinity.tied(op.object)) {
    runtime_.reject(thread, op,
                    "there is an affinity pointer to it already, in the group of " +
                        object_name(affinity.root(op.object)));
  }
  require_whole(thread, op, op.object);
  if (op.owner().valid()) {
    const ObjectId owner = op.owner();
    if (!objects_.has(owner) || !objects_[owner].live) {
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
void Ties::require_whole(const Thread& thread, const Op& op, ObjectId id) const {
  const ObjectState& object = objects_[id];
  if (object.guarded || object.raw) {
    runtime_.reject(thread, op, "a mutex, or unsafe code, is no part of an affinity group");
  }
  if (object.owner != thread.node()) {
    runtime_.reject(thread, op,
                    "the owner of " + object_name(id) + " is on server " +
                        std::to_string(object.owner.value()));
  }
}

Task<> Ties::tie(Thread& thread, Op& op) {
  const bool to_stack = !op.owner().valid();
  const ObjectId root = to_stack ? op.object : runtime_.affinity().root(op.owner());
  const Op of_root = Op::tie_to_stack(root);
  co_await borrows_.admit(thread, of_root, BorrowMode::exclusive);
  co_await bring_owned(thread, root);
  if (!to_stack) {
    co_await borrows_.admit(thread, op, BorrowMode::exclusive);
    co_await bring_owned(thread, op.object);
    check(thread, op);
    runtime_.affinity().tie(op.object, root);
    objects_[op.object].tied = true;
    runtime_.threads().set_owner(op.object, runtime_.threads().owner(root));
    borrows_.table().release(op.object, BorrowMode::exclusive);
  } else {
    runtime_.affinity().pin(root);
  }
  borrows_.table().release(root, BorrowMode::exclusive);
  co_await runtime_.spend(thread, Category::cpu, runtime_.profile().touch(kPointer));
}

/// As for a write of its owner, which has no other way here.
Task<> Ties::bring_owned(Thread& thread, ObjectId object) {
  const bool here = co_await access_.make_writable(thread, object, BorrowId());
  if (!here) {
    memory_.out_of_memory(thread.node(), objects_.size(object));
  }
}

// ---- the rest of what happens to a group

void Ties::require_root(const Thread& thread, const Op& op) const {
  if (objects_[op.object].tied) {
    runtime_.reject(thread, op,
                    "it belongs to " + object_name(runtime_.affinity().root(op.object)) +
                        ", by an affinity pointer");
  }
}

Task<> Ties::release(Thread& thread, Op& op) {
  const std::vector<ObjectId> group = runtime_.affinity().group(op.object);
  const std::vector<ObjectId> taken = co_await groups_.take(thread, op.object, ObjectId());
  if (taken.size() < group.size()) {
    runtime_.reject(thread, op, "the thread still borrows something of it");
  }
  std::vector<Given> all;
  for (const ObjectId each : group) {
    ObjectState& object = objects_[each];
    borrows_.drop_owner_copy(object);
    all.push_back({each, object.box.target});
    object.live = object.tied = false;
  }
  Sender sender{thread.node()};
  memory_.give_up(sender, all);
  runtime_.affinity().dissolve(op.object);
  groups_.leave(group);
  co_await runtime_.spend(thread, Category::cpu, sender.spent);
}

bool Ties::has_pinned(ThreadId thread) const {
  const std::set<ObjectId>& pinned = runtime_.affinity().pinned();
  return std::any_of(pinned.begin(), pinned.end(),
                     [&](ObjectId object) { return runtime_.threads().owner(object) == thread; });
}

}  // namespace dsmsim::drust
