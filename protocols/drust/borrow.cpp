// References: made at no cost, ended with what they have done (OSDI'24, Appendix B: Alg. 4 and 6;
// making one from the Box resets its U bit, B.4).

#include "protocols/drust/engine.hpp"
#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

namespace {
BorrowMode mode_of(bool mut) { return mut ? BorrowMode::exclusive : BorrowMode::shared; }
}  // namespace

MaybeDuration DrustEngine::try_borrow(Thread& thread, Op& op, ObjectState& object) {
  const bool mut = op.kind == OpKind::borrow_mut;
  if (object.guarded) {
    mutexes_.require_lock(thread, op);
    if (!is_in_place(op.object) && !mutexes_.knows_pointer(thread, op.object)) {
      return std::nullopt;
    }
  }
  if (mut && ((object.tied && object.owner != thread.node()) || migrates_first(thread, object))) {
    return std::nullopt;  // it has to come here first
  }
  if (!replication_.may_know(thread.node(), op.object) ||
      !borrows_.try_acquire(op.object, mode_of(mut))) {
    return std::nullopt;
  }
  op.borrow = make_reference(thread, op, mut);
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
    co_await admit(thread, op, BorrowMode::shared);
  }
  co_await replication_.share(thread, op.object);
  op.borrow = make_reference(thread, op, mut);
}

/// ref_from_owner or mut_from_owner. A MutRef makes the Box's copy stale, and copies may be shared
/// through it while the Box's U bit would keep the owner's next write from changing the colour:
/// both are reset, unless the algorithms are followed to the letter.
BorrowId DrustEngine::make_reference(const Thread& thread, const Op& op, bool mut) {
  ObjectState& object = runtime_.object(op.object);
  if (!mut) {
    if (!runtime_.mutated("drust.u_bit_kept")) {
      object.box.extension.clear_written();
    }
  } else if (runtime_.options().owner_copy != DrustOwnerCopy::keep) {
    drop_owner_copy(object);
    object.box.extension.clear_written();
  }
  runtime_.remember(thread);
  Reference reference{
      .object = op.object, .thread = thread.id(), .node = thread.node(), .mut = mut};
  reference.pointer.target = object.box.target;
  if (replication_.on() && thread.id().index() < held_.size()) {
    held_[thread.id().index()] = {};  // the reference holds it from now on
  }
  const bool part = op.kind == OpKind::borrow_mut && op.length != Bytes(0) &&
                    op.length < runtime_.size(op.object) && !is_in_place(op.object) &&
                    !object.tied && runtime_.policy().borrows_parts;
  // Dropping a copied part adds 1 to the colour; without a colour left the object has to move.
  if (part && object.box.target.colour() != runtime_.last_colour()) {
    reference.offset = op.offset;
    reference.length = op.length;
  }
  return references_.add(reference);
}

DrustEngine::Reference& DrustEngine::check_reference(const Thread& thread, const Op& op) {
  if (!references_.live(op.borrow) || references_[op.borrow].object != op.object ||
      references_[op.borrow].thread != thread.id()) {
    runtime_.reject(thread, op, "the thread does not hold the reference it is made through");
  }
  Reference& reference = references_[op.borrow];
  if (reference.node != thread.node()) {  // moved_ref: keep
    throw Error(ExitCode::incoherent, "drust: at " + to_string(thread.now()) + " " +
                                          thread_name(thread.id(), thread.node()) +
                                          " uses a reference to " + object_name(op.object) +
                                          " whose copy lies on server " +
                                          std::to_string(reference.node.value()));
  }
  if (reference.partial() && op.kind != OpKind::give_back &&
      (op.offset < reference.offset ||
       op.offset + op.length > reference.offset + reference.length)) {
    runtime_.reject(thread, op, "it is not within the part that is borrowed");
  }
  return reference;
}

// ---- the end of a reference

MaybeDuration DrustEngine::try_give_back(Thread& thread, Op& op, ObjectState& object) {
  Reference& reference = check_reference(thread, op);
  if (borrows_.contended(op.object)) {
    return std::nullopt;
  }
  Duration cpu;
  if (!reference.mut) {
    if (reference.pointer.extension.has_copy()) {
      cpu = drop_copy(reference.node, reference.pointer.extension.copy());
    }
  } else if (!is_in_place(op.object)) {
    const bool bumps = runtime_.options().colouring == DrustColouring::simplified;
    if (object.owner != thread.node() || bumps || reference.has_used_part() ||
        replication_.eager()) {
      return std::nullopt;
    }
    object.box.target = reference.pointer.target;
  }
  end_reference(op.borrow);
  return cpu;
}

Task<> DrustEngine::give_back(Thread& thread, Op& op) {
  const Reference reference = references_[op.borrow];
  if (!reference.mut) {
    if (reference.pointer.extension.has_copy()) {
      const Duration cpu = drop_copy(reference.node, reference.pointer.extension.copy());
      references_[op.borrow].pointer.extension.reset();
      co_await runtime_.spend(thread, Category::cpu, cpu);
    }
    end_reference(op.borrow);
  } else if (is_in_place(op.object)) {
    end_reference(op.borrow);
  } else if (is_remote_part(reference)) {
    co_await drop_part(thread, op.borrow);
  } else {
    co_await drop_mut(thread, op.borrow);
  }
}

/// drop_mut: the Box learns where the object is and under which colour, synchronously.
Task<> DrustEngine::drop_mut(Thread& thread, BorrowId borrow) {
  const ObjectId object = references_[borrow].object;
  drust::ColouredAddress last = references_[borrow].pointer.target;
  if (runtime_.options().colouring == DrustColouring::simplified) {
    if (last.colour() != runtime_.last_colour()) {
      last = last.next_colour();
    } else {
      last = co_await move_to_end(thread, borrow);
    }
  }
  co_await save_mut(thread, borrow, last);
  co_await update_owner(thread, object, last);
  end_reference(borrow);
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
    const drust::OneSided request{.type = runtime_.types().owner_update,
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

/// Before the Box hears of what has been written, if it is on another server.
Task<> DrustEngine::save_mut(Thread& thread, BorrowId borrow, drust::ColouredAddress last) {
  const ObjectId object = references_[borrow].object;
  if (replication_.eager() || runtime_.object(object).owner != thread.node()) {
    co_await replication_.save(thread, object, last);
  }
}

/// A MutRef that is dropped needs another colour, and there is none left: the object moves, here or
/// to here. If there is no room for it, or it has to stay, its colours are reset.
Task<drust::ColouredAddress> DrustEngine::move_to_end(Thread& thread, BorrowId borrow) {
  const ObjectId object = references_[borrow].object;
  const drust::ColouredAddress from = references_[borrow].pointer.target;
  std::optional<drust::Moved> moved;
  if (runtime_.heap().is_local(from.address(), thread.node())) {
    moved = co_await mover_.recolour(thread, object, from, Duration());
  } else if (!runtime_.affinity().grouped(object) && !runtime_.affinity().pinned(object)) {
    moved = co_await mover_.move(thread, object, from, Duration());
  }
  if (!moved) {
    moved = drust::Moved{co_await mover_.reset_colours(thread, object, from), Duration()};
  }
  references_[borrow].pointer.target = moved->home;
  co_await runtime_.spend(thread, Category::cpu, moved->cpu);
  co_return moved->home;
}

void DrustEngine::end_reference(BorrowId borrow) {
  const ObjectId object = references_[borrow].object;
  const bool mut = references_[borrow].mut;
  references_.remove(borrow);
  borrows_.release(object, mode_of(mut));
}

}  // namespace dsmsim
