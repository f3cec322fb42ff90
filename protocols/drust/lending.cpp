#include "protocols/drust/lending.hpp"

namespace dsmsim::drust {
namespace {

BorrowMode mode_of(const Op& op) {
  return op.kind == OpKind::borrow_mut ? BorrowMode::exclusive : BorrowMode::shared;
}

}  // namespace

MaybeDuration Lending::try_borrow(Thread& thread, Op& op, ObjectState& object) {
  const BorrowMode mode = mode_of(op);
  const bool mut = mode == BorrowMode::exclusive;
  if (object.guarded) {
    mutexes_.require_lock(thread, op);
    if (!runtime_.is_uncached(objects_[op.object]) && !mutexes_.knows_pointer(thread, op.object)) {
      return std::nullopt;
    }
  }
  if (mut && ((object.tied && object.owner != thread.node()) || moves_first(thread, object))) {
    return std::nullopt;  // it has to come here first
  }
  if ((survival_ != nullptr && !survival_->may_know(thread.node(), op.object)) ||
      !borrows_.table().try_acquire(op.object, mode)) {
    return std::nullopt;
  }
  op.borrow = borrows_.make(thread, op, mode);
  return Duration();
}

Task<> Lending::borrow(Thread& thread, Op& op) {
  const BorrowMode mode = mode_of(op);
  const bool mut = mode == BorrowMode::exclusive;
  if (objects_[op.object].guarded) {
    co_await mutexes_.read_pointer(thread, op.object);
  }
  if (mut) {
    co_await access_.admit_to_write(thread, op);
    if (moves_first(thread, objects_[op.object])) {
      co_await access_.make_writable(thread, op.object, BorrowId());
    }
  } else {
    co_await borrows_.admit(thread, op, BorrowMode::shared);
  }
  if (survival_ != nullptr) {
    co_await survival_->about_to_know(thread, op.object);
  }
  op.borrow = borrows_.make(thread, op, mode);
}

// ---- the end of a reference

MaybeDuration Lending::try_give_back(Thread& thread, Op& op, ObjectState& object) {
  Reference& reference = borrows_.check_reference(thread, op);
  if (borrows_.table().contended(op.object)) {
    return std::nullopt;
  }
  Duration cpu;
  if (!reference.mut) {
    if (reference.pointer.extension.has_copy()) {
      cpu = borrows_.drop_copy(reference.node, reference.pointer.extension.copy());
    }
  } else if (!runtime_.is_uncached(objects_[op.object])) {
    const bool bumps = runtime_.options().colouring == DrustColouring::simplified;
    if (object.owner != thread.node() || bumps || reference.has_used_part() ||
        follows_every_write(survival_)) {
      return std::nullopt;
    }
    object.box.target = reference.pointer.target;
  }
  borrows_.end(op.borrow);
  return cpu;
}

Task<> Lending::give_back(Thread& thread, Op& op) {
  const Reference reference = borrows_[op.borrow];
  if (!reference.mut) {
    if (reference.pointer.extension.has_copy()) {
      const Duration cpu = borrows_.drop_copy(reference.node, reference.pointer.extension.copy());
      borrows_[op.borrow].pointer.extension.reset();
      co_await runtime_.spend(thread, Category::cpu, cpu);
    }
    borrows_.end(op.borrow);
  } else if (runtime_.is_uncached(objects_[op.object])) {
    borrows_.end(op.borrow);
  } else if (parts_.is_remote(reference)) {
    co_await parts_.drop(thread, op.borrow);
  } else {
    co_await returns_.drop_mut(thread, op.borrow);
  }
}

}  // namespace dsmsim::drust
