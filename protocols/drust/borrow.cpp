// References: made at no cost, ended with what they have done (OSDI'24, Appendix B: Alg. 4 and 6;
// making one from the Box resets its U bit, B.4).

#include "protocols/drust/engine.hpp"
#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

MaybeDuration DrustEngine::try_borrow(Thread& thread, Op& op, ObjectState& object) {
  const bool mut = op.kind == OpKind::borrow_mut;
  if (object.guarded) {
    mutexes_.require_lock(thread, op);
    if (!runtime_.is_uncached(runtime_.object(op.object)) &&
        !mutexes_.knows_pointer(thread, op.object)) {
      return std::nullopt;
    }
  }
  if (mut && ((object.tied && object.owner != thread.node()) || migrates_first(thread, object))) {
    return std::nullopt;  // it has to come here first
  }
  if ((survival_ != nullptr && !survival_->may_know(thread.node(), op.object)) ||
      !borrows_.table().try_acquire(op.object, mut ? BorrowMode::exclusive : BorrowMode::shared)) {
    return std::nullopt;
  }
  op.borrow = borrows_.make(thread, op, mut);
  return Duration();
}

Task<> DrustEngine::borrow(Thread& thread, Op& op) {
  const bool mut = op.kind == OpKind::borrow_mut;
  if (runtime_.object(op.object).guarded) {
    co_await mutexes_.read_pointer(thread, op.object);
  }
  if (mut) {
    co_await admit_to_write(thread, op);
    if (migrates_first(thread, runtime_.object(op.object))) {
      co_await make_writable(thread, op.object, BorrowId());
    }
  } else {
    co_await borrows_.admit(thread, op, BorrowMode::shared);
  }
  if (survival_ != nullptr) {
    co_await survival_->about_to_know(thread, op.object);
  }
  op.borrow = borrows_.make(thread, op, mut);
}

// ---- the end of a reference

MaybeDuration DrustEngine::try_give_back(Thread& thread, Op& op, ObjectState& object) {
  Reference& reference = borrows_.check_reference(thread, op);
  if (borrows_.table().contended(op.object)) {
    return std::nullopt;
  }
  Duration cpu;
  if (!reference.mut) {
    if (reference.pointer.extension.has_copy()) {
      cpu = borrows_.drop_copy(reference.node, reference.pointer.extension.copy());
    }
  } else if (!runtime_.is_uncached(runtime_.object(op.object))) {
    const bool bumps = runtime_.options().colouring == DrustColouring::simplified;
    if (object.owner != thread.node() || bumps || reference.has_used_part() ||
        follows_every_write()) {
      return std::nullopt;
    }
    object.box.target = reference.pointer.target;
  }
  borrows_.end(op.borrow);
  return cpu;
}

Task<> DrustEngine::give_back(Thread& thread, Op& op) {
  const Reference reference = borrows_[op.borrow];
  if (!reference.mut) {
    if (reference.pointer.extension.has_copy()) {
      const Duration cpu = borrows_.drop_copy(reference.node, reference.pointer.extension.copy());
      borrows_[op.borrow].pointer.extension.reset();
      co_await runtime_.spend(thread, Category::cpu, cpu);
    }
    borrows_.end(op.borrow);
  } else if (runtime_.is_uncached(runtime_.object(op.object))) {
    borrows_.end(op.borrow);
  } else if (is_remote_part(reference)) {
    co_await drop_part(thread, op.borrow);
  } else {
    co_await drop_mut(thread, op.borrow);
  }
}

/// drop_mut: the Box learns where the object is and under which colour, synchronously.
Task<> DrustEngine::drop_mut(Thread& thread, BorrowId borrow) {
  const ObjectId object = borrows_[borrow].object;
  drust::ColouredAddress last = borrows_[borrow].pointer.target;
  if (runtime_.options().colouring == DrustColouring::simplified) {
    if (last.colour() != runtime_.last_colour()) {
      last = last.next_colour();
    } else {
      last = co_await move_to_end(thread, borrow);
    }
  }
  const bool elsewhere = runtime_.object(object).owner != thread.node();
  if (survival_ != nullptr && (elsewhere || survival_->follows_every_write())) {
    co_await survival_->about_to_leave(thread, object, last);
  }
  co_await update_owner(thread, object, last);
  borrows_.end(borrow);
}

/// The Box hears of the name; its thread waits until it has.
Task<> DrustEngine::update_owner(Thread& thread, ObjectId object, drust::ColouredAddress home) {
  const NodeId owner = runtime_.object(object).owner;
  if (owner == thread.node()) {
    runtime_.object(object).box.target = home;
  } else if (!runtime_.policy().awaits_owner) {
    co_await call_update(thread, object, home);
  } else {
    const auto update = [runtime = &runtime_, object, home] {
      if (!runtime->mutated("drust.owner_update_lost")) {
        runtime->object(object).box.target = home;
      }
      runtime->left(object);
    };
    const drust::OneSided request{.kind = drust::MessageKind::owner_update,
                                  .object = object,
                                  .to = owner,
                                  .payload = drust::kPointer,
                                  .effect = update,
                                  .content = home.word()};
    if (runtime_.mutated("drust.owner_update_not_awaited")) {
      runtime_.post(thread.node(), request);
    } else {
      Fabric::Operation operation = runtime_.request(thread, request);
      const std::uint64_t done = co_await operation;
      if (done == Fabric::kFailed) [[unlikely]] {
        co_await runtime_.again(thread, request, [&] { return runtime_.object(object).owner; });
      }
    }
    ++runtime_.counters().owner_updates;
  }
}

/// A MutRef that is dropped needs another colour, and there is none left: the object moves, here or
/// to here. If there is no room for it, or it has to stay, its colours are reset.
Task<drust::ColouredAddress> DrustEngine::move_to_end(Thread& thread, BorrowId borrow) {
  const ObjectId object = borrows_[borrow].object;
  const drust::ColouredAddress from = borrows_[borrow].pointer.target;
  std::optional<drust::Moved> moved;
  if (runtime_.heap().is_local(from.address(), thread.node())) {
    moved = co_await mover_.recolour(thread, object, from, Duration());
  } else if (!runtime_.affinity().grouped(object) && !runtime_.affinity().pinned(object)) {
    moved = co_await mover_.move(thread, object, from, Duration());
  }
  if (!moved) {
    moved = drust::Moved{co_await mover_.reset_colours(thread, object, from), Duration()};
  }
  borrows_[borrow].pointer.target = moved->home;
  co_await runtime_.spend(thread, Category::cpu, moved->cpu);
  co_return moved->home;
}

}  // namespace dsmsim
