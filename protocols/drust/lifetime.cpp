// Allocation, transfer of ownership, and the end of an object (OSDI'24, sections 4.1.1 and 4.2.1;
// Appendix B.4 and D.2).

#include "protocols/drust/engine.hpp"

namespace dsmsim {

using drust::GlobalAddress;
using drust::Sender;

// ---- allocation: local first

MaybeDuration DrustEngine::try_allocate(Thread& thread, Op& op) {
  if (op.node.valid() && op.node != thread.node()) {
    return std::nullopt;
  }
  Duration cpu;
  const auto address = memory_.try_reserve(thread.node(), op.length, cpu);
  if (!address) {
    memory_.out_of_memory(thread.node(), op.length);
  }
  create(op, thread.node(), *address);
  return cpu;
}

/// On another server, because the program wants it there: one message and its answer.
Task<> DrustEngine::allocate(Thread& thread, Op& op) {
  Gate answered(runtime_.queue());
  std::uint64_t address = 0;
  Sender sender{thread.node()};
  const drust::AllocateBody body{runtime_.begin_call(thread, answered, address), op.length};
  runtime_.send(sender, op.node, runtime_.types().allocate, runtime_.options().control, body,
                &thread.tally());
  co_await answered.wait();
  thread.tally().charge(Category::cpu, thread.now());
  if (address == 0) {
    memory_.out_of_memory(op.node, op.length);
  }
  create(op, thread.node(), GlobalAddress(address));
}

void DrustEngine::handle_allocate(const Delivery& message, Sender& host) {
  const auto body = message.body.as<drust::AllocateBody>();
  const auto address = memory_.try_reserve(host.node, body.size, host.spent);
  const drust::ReplyBody reply{body.call, address ? address->value() : 0};
  runtime_.send(host, message.from, runtime_.types().allocated, runtime_.options().control, reply,
                message.tally);
}

/// A mutex and the Box in it are where its value is allocated.
void DrustEngine::create(const Op& op, NodeId owner, GlobalAddress address) {
  if (op.object.index() >= runtime_.objects().size()) {
    runtime_.objects().resize(op.object.index() + 1);
    borrows_.grow(op.object.index() + 1);
  }
  ObjectState& object = runtime_.object(op.object);
  object.live = true;
  object.guarded = op.guarded;
  object.owner = op.guarded ? runtime_.heap().host(address) : owner;
  object.stamp = runtime_.create(op);
  object.box.target = memory_.become_home(op.object, address);
}

// ---- transfer

/// The Box is sent; the object stays. Nobody may use it until it has arrived.
Task<> DrustEngine::transfer(Thread& thread, Op& op) {
  if (runtime_.object(op.object).owner != thread.node()) {
    runtime_.reject(
        thread, op,
        "its owner is on server " + std::to_string(runtime_.object(op.object).owner.value()));
  }
  co_await admit(thread, op, BorrowMode::exclusive);
  ObjectState& object = runtime_.object(op.object);
  if (!runtime_.mutated("drust.transfer_keeps_count")) {
    drop_owner_copy(object);
  }
  object.box.extension.reset();
  const std::size_t dropped = memory_.drop_unused(thread.node(), object.box.target.address());
  Sender sender{thread.node(), runtime_.costs().deallocation * static_cast<std::int64_t>(dropped)};
  runtime_.send(sender, op.node, runtime_.types().transfer, drust::kBox,
                drust::ObjectBody{op.object});
  ++runtime_.counters().transfers;
  co_await runtime_.spend(thread, Category::cpu, sender.spent);
}

void DrustEngine::handle_transfer(const Delivery& message) {
  const ObjectId object = message.body.as<drust::ObjectBody>().object;
  if (!runtime_.object(object).guarded) {  // a mutex stays on the heap where it is
    runtime_.object(object).owner = message.to;
  }
  borrows_.release(object, BorrowMode::exclusive);
}

// ---- the end

void DrustEngine::require_unlocked(const Thread& thread, const Op& op) const {
  if (object(op.object).lock != 0) {
    runtime_.reject(thread, op, "it is locked");
  }
}

MaybeDuration DrustEngine::try_release(Thread& thread, Op& op, ObjectState& object) {
  require_unlocked(thread, op);
  if (!borrows_.admits(op.object, BorrowMode::exclusive) ||
      !memory_.gives_up_silently(thread.node(), op.object, object.box.target)) {
    return std::nullopt;
  }
  drop_owner_copy(object);
  Sender sender{thread.node()};
  memory_.give_up(sender, op.object, object.box.target);
  object.live = false;
  return sender.spent;
}

/// drop_box.
Task<> DrustEngine::release(Thread& thread, Op& op) {
  co_await admit(thread, op, BorrowMode::exclusive);
  ObjectState& object = runtime_.object(op.object);
  drop_owner_copy(object);
  Sender sender{thread.node()};
  memory_.give_up(sender, op.object, object.box.target);
  object.live = false;
  borrows_.release(op.object, BorrowMode::exclusive);
  co_await runtime_.spend(thread, Category::cpu, sender.spent);
}

}  // namespace dsmsim
