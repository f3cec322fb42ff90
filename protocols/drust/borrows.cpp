#include "protocols/drust/borrows.hpp"

#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::drust {

// ---- what makes sense

ObjectState& Borrows::check(const Thread& thread, const Op& op) {
  if (!objects_.has(op.object)) {
    runtime_.reject(thread, op, "it has not been allocated");
  }
  ObjectState& object = objects_[op.object];
  if (!object.live) {
    runtime_.reject(thread, op, "it has been released");
  }
  const bool owns = op.kind == OpKind::transfer || op.kind == OpKind::tie;
  if (object.raw && (owns || op.kind == OpKind::borrow || op.kind == OpKind::borrow_mut)) {
    runtime_.reject(thread, op, "it is raw: nobody owns it and nothing refers to it");
  }
  const Bytes size = objects_.size(op.object);
  if (op.offset > size || op.length > size - op.offset) {
    runtime_.reject(thread, op,
                    "bytes [" + std::to_string(op.offset.count()) + ", " +
                        std::to_string((op.offset + op.length).count()) +
                        ") do not lie in an object of " + to_string(size));
  }
  if (object.late) [[unlikely]] {
    require_current(thread, op);
  }
  return object;
}

Reference& Borrows::check_reference(const Thread& thread, const Op& op) {
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

// ---- who may use an object

Task<> Borrows::admit(Thread& thread, const Op& op, BorrowMode mode) {
  if (table_.try_acquire(op.object, mode)) {
    hold(thread.id(), op.object, mode);
    co_return;
  }
  if (mode == BorrowMode::shared && table_.shared(op.object) &&
      references_.holds(thread.id(), op.object)) {
    table_.join(op.object);
    hold(thread.id(), op.object, mode);
    co_return;
  }
  ++runtime_.counters().serialised_borrows;
  runtime_.remember(thread);
  auto turn = table_.acquire(op.object, mode, thread.id());
  co_await turn;
  hold(thread.id(), op.object, mode);
  thread.tally().charge(Category::lock_wait, thread.now());
  if (!objects_[op.object].live || objects_[op.object].late) {
    leave(thread.id(), op.object, mode);
    check(thread, op);
  }
}

void Borrows::hold(ThreadId thread, ObjectId object, BorrowMode mode) {
  if (survival_ != nullptr) {
    survival_->held(thread, {object, mode});
  }
}

void Borrows::leave(ThreadId thread, ObjectId object, BorrowMode mode) {
  table_.release(object, mode);
  if (survival_ != nullptr) {
    survival_->let_go(thread);
  }
}

// ---- references

const Reference* Borrows::writer(ObjectId object) const {
  const Reference* found = nullptr;
  if (table_.exclusive(object)) {
    references_.for_each([&](const Reference& reference) {
      if (reference.object == object && reference.mut) {
        found = &reference;
      }
    });
  }
  return found;
}

ColouredAddress Borrows::home(ObjectId object) const {
  const Reference* const writes = writer(object);
  return writes != nullptr ? writes->pointer.target : objects_[object].box.target;
}

/// A MutRef makes the Box's copy stale, and copies may be shared through it while the Box's U bit
/// would keep the owner's next write from changing the colour: both are reset.
BorrowId Borrows::make(const Thread& thread, const Op& op, BorrowMode mode) {
  const bool mut = mode == BorrowMode::exclusive;
  ObjectState& object = objects_[op.object];
  if (!mut) {
    if (!runtime_.mutated("drust.u_bit_kept")) {
      object.box.extension.clear_written();
    }
  } else if (runtime_.policy().clears_owner_copy && !runtime_.mutated("drust.owner_copy_kept")) {
    drop_owner_copy(object);
    object.box.extension.clear_written();
  }
  runtime_.remember(thread);
  Reference reference{
      .object = op.object, .thread = thread.id(), .node = thread.node(), .mut = mut};
  reference.pointer.target = object.box.target;
  if (survival_ != nullptr) {
    survival_->let_go(thread.id());  // the reference holds it from now on
  }
  if (borrows_part(op, object)) {
    reference.offset = op.offset;
    reference.length = op.length;
  }
  return references_.add(reference);
}

/// Dropping a copied part adds 1 to the colour; without a colour left the object has to move.
bool Borrows::borrows_part(const Op& op, const ObjectState& object) const {
  return op.kind == OpKind::borrow_mut && op.length != Bytes(0) &&
         op.length < objects_.size(op.object) && !runtime_.is_uncached(object) && !object.tied &&
         runtime_.policy().borrows_parts && object.box.target.colour() != runtime_.last_colour();
}

void Borrows::end(BorrowId borrow) {
  const ObjectId object = references_[borrow].object;
  const bool mut = references_[borrow].mut;
  references_.remove(borrow);
  table_.release(object, mut ? BorrowMode::exclusive : BorrowMode::shared);
}

// ---- copies

Duration Borrows::drop_copy(NodeId server, CopyId copy) {
  const CopyTable& copies = memory_.server(server).copies;
  Duration cpu = runtime_.costs().map_operation;
  if (!runtime_.mutated("drust.count_kept")) {
    cpu += memory_.drop_use(server, copy);
  }
  if (runtime_.mutated("drust.count_dropped_twice") && copies[copy].count > 0) {
    cpu += memory_.drop_use(server, copy);
  }
  return cpu;
}

void Borrows::drop_owner_copy(ObjectState& object) {
  if (object.box.extension.has_copy()) {
    memory_.drop_use(object.owner, object.box.extension.copy());
    object.box.extension.reset();
  }
}

void Borrows::overwrite_owner_copy(ObjectState& object) {
  if (runtime_.policy().counts_overwritten) {
    drop_owner_copy(object);
  }
  object.box.extension.reset();
}

// ---- waits

void Borrows::describe_waits(WaitForGraph& graph) const {
  table_.for_each_wait([&](ThreadId thread, ObjectId object) {
    graph.waits(runtime_.name_of(thread), object_name(object));
  });
  describe_holders(graph);
}

void Borrows::describe_holders(WaitForGraph& graph) const {
  references_.for_each([&](const Reference& reference) {
    graph.held(object_name(reference.object), thread_name(reference.thread, reference.node));
  });
}

}  // namespace dsmsim::drust
