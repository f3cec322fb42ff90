#include "protocols/drust/scheduling.hpp"

#include "sim/dsm/boundary/world.hpp"

namespace dsmsim::drust {

Scheduling::Scheduling(const Scheduled& all)
    : runtime_(all.runtime),
      objects_(all.objects),
      heap_(all.heap),
      controller_(all.controller),
      mutexes_(all.mutexes),
      borrows_(all.borrows),
      parts_(all.parts),
      returns_(all.returns),
      ties_(all.ties),
      lifetime_(all.lifetime),
      survival_(all.survival),
      log_(all.log) {}

// ---- the start

/// spawn_to: where the Box points. Else here, as long as a core is free; the paper says so in
/// sections 1 and 4, and in 4.2.2 that the controller is asked every time.
Task<NodeId> Scheduling::place(Thread& parent, const Launch& launch) {
  if (launch.near.valid()) {
    co_return host(launch.near);
  }
  if (runtime_.policy().starts_in_slots) {
    co_return first_slot();
  }
  const Cpu& cpu = runtime_.cluster().cpu(parent.node());
  const bool always = runtime_.options().controller.threads == DrustAsks::always;
  if (!controller_.exists() || (!always && cpu.threads() < cpu.cores())) {
    co_return parent.node();
  }
  co_return co_await controller_.server_for_thread(parent);
}

void Scheduling::begins(Thread& thread) {
  runtime_.threads().begin(thread, thread.id(), thread.node(), runtime_.queue().now());
  controller_.wake(thread.world());
}

// ---- migration

Task<bool> Scheduling::migrate(Thread& thread, NodeId to) {
  const NodeId from = thread.node();
  if (ties_.has_pinned(thread.id()) || survival_ != nullptr) {
    Sender sender{from};
    controller_.report_move(sender, thread.id(), from);
    co_return false;
  }
  co_await runtime_.spend(thread, Category::cpu, runtime_.costs().suspend);
  co_await leave_references(thread);
  co_await ship(thread, to);
  move_boxes(thread.id(), to);
  co_await runtime_.spend(thread, Category::cpu, runtime_.costs().resume);
  ++runtime_.counters().migrations;
  note_migration(thread, from, to);
  Sender sender{to};
  controller_.report_move(sender, thread.id(), to);
  co_return true;
}

/// The stack, and word that it is there.
Task<> Scheduling::ship(Thread& thread, NodeId to) {
  Fabric::Operation write = runtime_.request(thread, {.kind = MessageKind::stack,
                                                      .object = ObjectId(),
                                                      .to = to,
                                                      .payload = runtime_.options().stack});
  co_await write;
  const Sender sender{thread.node()};
  const ReplyBody go_on{0, 0};
  co_await runtime_.call(thread, sender, to, MessageKind::resume, go_on, Category::handler);
}

/// The references that the thread holds go on as if they had not been used yet.
Task<> Scheduling::leave_references(Thread& thread) {
  Duration cpu;
  for (const BorrowId id : borrows_.references().held_by(thread.id())) {
    Reference& reference = borrows_[id];
    if (reference.pointer.extension.has_copy() && !reference.mut) {
      if (runtime_.options().moved_ref == DrustMovedRef::keep) {
        continue;
      }
      cpu += borrows_.drop_copy(reference.node, reference.pointer.extension.copy());
      reference.pointer.extension.reset();
    }
    if (reference.has_used_part()) {
      co_await parts_.leave(thread, id);
      renew_part(borrows_[id]);
    } else if (reference.mut && !runtime_.is_uncached(objects_[reference.object]) &&
               !runtime_.mutated("drust.u_bit_kept_across_migration")) {
      become_whole(reference);
      co_await rename(thread, id);
    }
    borrows_[id].node = thread.destination();
  }
  co_await runtime_.spend(thread, Category::cpu, cpu);
}

/// Copies may be made through a MutRef once its object is on another server than its thread: should
/// both meet again, its next write must change the name, as the first write of an epoch does.
Task<> Scheduling::rename(Thread& thread, BorrowId mut) {
  Pointer& pointer = borrows_[mut].pointer;
  if (runtime_.options().colouring == DrustColouring::full) {
    pointer.extension.clear_written();
  } else if (pointer.target.colour() != runtime_.last_colour()) {
    pointer.target = pointer.target.next_colour();
  } else {
    co_await returns_.move_to_end(thread, mut);
  }
}

/// A part of an object on its own server is written where it lies, under a new name: the Box must
/// hear of it, which it does at the end of a reference to the whole.
void Scheduling::become_whole(Reference& part) const {
  if (!parts_.is_remote(part)) {
    part.length = Bytes();
  }
}

/// A part that was written back has changed the colour. Without another one left for the next time,
/// the object is borrowed as a whole.
void Scheduling::renew_part(Reference& part) {
  part.pointer.target = objects_[part.object].box.target;
  if (part.pointer.target.colour() == runtime_.last_colour()) {
    part.length = Bytes();
  }
}

/// Boxes on its stack are values of its new server. Copies in them stay behind.
void Scheduling::move_boxes(ThreadId thread, NodeId to) {
  runtime_.threads().for_each_owned([&](ObjectId id, ThreadId owner) {
    ObjectState& object = objects_[id];
    if (owner == thread && object.live && !object.guarded && !object.tied) {
      borrows_.drop_owner_copy(object);
      object.box.extension.reset();
      object.owner = to;
    }
  });
}

void Scheduling::note_migration(const Thread& thread, NodeId from, NodeId to) {
  log_.add({.at = thread.now(),
            .event = "migrated",
            .server = from,
            .numbers = {{"thread", static_cast<double>(thread.id().value())},
                        {"to", static_cast<double>(to.value())}}});
}

// ---- Boxes in closures and results

/// As transfer, but what carries the Box is somebody else's message.
Task<> Scheduling::give(Thread& from, ObjectId object) {
  const Op op = Op::transfer(object, NodeId());
  borrows_.check(from, op);
  co_await lifetime_.clear_to_leave(from, op);
  if (survival_ != nullptr) {
    survival_->let_go(from.id());
  }
  ++runtime_.counters().transfers;
  co_await runtime_.spend(from, Category::cpu, lifetime_.give_box(from.node(), object));
}

void Scheduling::take(Thread& by, ObjectId object) {
  if (!objects_[object].guarded && !runtime_.mutated("drust.box_without_owner")) {
    objects_[object].owner = heap_.host_of(by.node());  // it may be lost
    runtime_.threads().set_owner(object, by.id());
    for (const ObjectId each : runtime_.affinity().group(object)) {
      runtime_.threads().set_owner(each, by.id());
    }
  }
  objects_.left(object);
  borrows_.table().release(object, BorrowMode::exclusive);
}

}  // namespace dsmsim::drust
