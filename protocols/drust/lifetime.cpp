#include "protocols/drust/lifetime.hpp"

#include <set>

namespace dsmsim::drust {

// ---- allocation: local first

MaybeDuration Lifetime::try_allocate(Thread& thread, Op& op) {
  const bool here = !op.node.valid() || op.node == thread.node();
  const bool asks = !op.node.valid() && runtime_.options().controller.memory == DrustAsks::always;
  if (!here || (asks && controller_.exists())) {
    return std::nullopt;
  }
  Duration cpu;
  const auto address = memory_.try_reserve(thread.node(), op.length, cpu);
  if (!address) {
    return std::nullopt;
  }
  create(thread, op, *address);
  return cpu;
}

Task<> Lifetime::allocate(Thread& thread, Op& op) {
  GlobalAddress address;
  if (op.node.valid()) {
    address = co_await reserve_at(thread, op.node, op.length);
    if (address == GlobalAddress()) {
      memory_.out_of_memory(op.node, op.length);
    }
  } else {
    address = co_await reserve_somewhere(thread, op.length);
  }
  create(thread, op, address);
}

/// The controller names the most vacant server. What it knows may be old: who has no room after all
/// is not named again.
Task<GlobalAddress> Lifetime::reserve_somewhere(Thread& thread, Bytes size) {
  std::set<NodeId> full;
  if (runtime_.options().controller.memory == DrustAsks::when_full) {
    full.insert(thread.node());
  }
  for (std::size_t i = 0; controller_.exists() && i < runtime_.servers(); ++i) {
    const NodeId server = co_await controller_.server_for_memory(thread, size, full);
    if (!server.valid()) {
      break;
    }
    const GlobalAddress address = co_await reserve_at(thread, server, size);
    if (address != GlobalAddress()) {
      if (server != thread.node()) {
        note_remote_allocation(thread, server, size);
      }
      co_return address;
    }
    full.insert(server);
  }
  memory_.out_of_memory(thread.node(), size);
}

void Lifetime::note_remote_allocation(const Thread& thread, NodeId server, Bytes size) {
  ++runtime_.counters().remote_allocations;
  log_.add({.at = thread.now(),
            .event = "remote_allocation",
            .server = thread.node(),
            .reason = "its partition is full, and the other server has most room",
            .numbers = {{"to", static_cast<double>(server.value())},
                        {"thread", static_cast<double>(thread.id().value())},
                        {"size_bytes", static_cast<double>(size.count())}}});
}

/// One message and its answer, unless it is this server. Null: it is full.
Task<GlobalAddress> Lifetime::reserve_at(Thread& thread, NodeId server, Bytes size) {
  server = heap_.host_of(server);
  if (server == thread.node()) {
    Duration cpu;
    const auto address = memory_.try_reserve(server, size, cpu);
    co_await runtime_.spend(thread, Category::cpu, cpu);
    co_return address.value_or(GlobalAddress());
  }
  const Sender sender{thread.node()};
  const AllocateBody body{0, size};
  const std::uint64_t address =
      co_await runtime_.call(thread, sender, server, MessageKind::allocate, body);
  if (address == Fabric::kFailed) [[unlikely]] {
    co_return co_await reserve_at(thread, server, size);
  }
  co_return GlobalAddress(address);
}

void Lifetime::handle_allocate(const Delivery& message, Sender& host) {
  const auto body = message.body.as<AllocateBody>();
  const auto address = memory_.try_reserve(host.node, body.size, host.spent);
  const ReplyBody reply{body.call, address ? address->value() : 0};
  runtime_.send(host, message.from, MessageKind::allocated, runtime_.reply_size(), reply,
                message.tally);
}

/// A mutex and the Box in it are where its value is allocated. A raw object is nobody's, and where
/// it is allocated.
void Lifetime::create(const Thread& thread, const Op& op, GlobalAddress address) {
  if (!objects_.has(op.object)) {
    objects_.grow(op.object.index() + 1);
    borrows_.table().grow(op.object.index() + 1);
  }
  ObjectState& object = objects_[op.object];
  object.live = true;
  object.guarded = op.guarded();
  object.raw = op.raw();
  const bool owned = !object.guarded && !object.raw;
  object.owner = owned ? thread.node() : heap_.host(address);
  runtime_.threads().set_owner(op.object, owned ? thread.id() : ThreadId());
  object.stamp = objects_.create(op);
  object.box.target = memory_.become_home(op.object, address);
  if (survival_ != nullptr) {
    survival_->created(op.object, object.box.target);
  }
}

// ---- transfer

Task<> Lifetime::clear_to_leave(Thread& thread, const Op& op) {
  ties_.require_root(thread, op);
  if (objects_[op.object].owner != thread.node()) {
    runtime_.reject(thread, op,
                    "its owner is on server " + std::to_string(objects_[op.object].owner.value()));
  }
  co_await borrows_.admit(thread, op, BorrowMode::exclusive);
  if (survival_ != nullptr) {
    co_await survival_->about_to_leave(thread, op.object, objects_[op.object].box.target);
  }
}

Task<> Lifetime::transfer(Thread& thread, Op& op) {
  co_await clear_to_leave(thread, op);
  const NodeId to = heap_.host_of(op.node);  // who has a lost server's place
  if (to == thread.node()) {
    borrows_.leave(thread.id(), op.object, BorrowMode::exclusive);
    co_return;
  }
  if (survival_ != nullptr) {
    survival_->departed(thread.id(), op.object, {thread.node(), to});
  }
  Sender sender{thread.node(), give_box(thread.node(), op.object)};
  runtime_.send(sender, to, MessageKind::transfer, kBox, ObjectBody{op.object});
  ++runtime_.counters().transfers;
  co_await runtime_.spend(thread, Category::cpu, sender.spent);
}

Duration Lifetime::give_box(NodeId server, ObjectId id) {
  ObjectState& object = objects_[id];
  runtime_.affinity().unpin(id);
  if (!runtime_.mutated("drust.transfer_keeps_count")) {
    borrows_.drop_owner_copy(object);
  }
  object.box.extension.reset();
  const std::size_t dropped = memory_.drop_unused(server, object.box.target.address());
  return runtime_.costs().deallocation * static_cast<std::int64_t>(dropped);
}

void Lifetime::handle_transfer(const Delivery& message) {
  const ObjectId object = message.body.as<ObjectBody>().object;
  if (survival_ != nullptr && !survival_->arrived(object)) {
    return;  // its sender is lost, and the Box has been found already
  }
  objects_.left(object);
  if (!objects_[object].guarded) {  // a mutex stays on the heap where it is
    objects_[object].owner = message.to;
    runtime_.threads().set_owner(object, ThreadId());
  }
  borrows_.table().release(object, BorrowMode::exclusive);
}

// ---- the end

void Lifetime::require_unlocked(const Thread& thread, const Op& op) const {
  if (objects_[op.object].lock != 0) {
    runtime_.reject(thread, op, "it is locked");
  }
}

MaybeDuration Lifetime::try_release(Thread& thread, Op& op, ObjectState& object) {
  require_unlocked(thread, op);
  ties_.require_root(thread, op);
  if (runtime_.affinity().grouped(op.object)) {
    return std::nullopt;
  }
  if (!borrows_.table().admits(op.object, BorrowMode::exclusive) ||
      (survival_ != nullptr && survival_->has_old_home(op.object)) ||
      !memory_.gives_up_silently(thread.node(), op.object, object.box.target)) {
    return std::nullopt;
  }
  borrows_.drop_owner_copy(object);
  Sender sender{thread.node()};
  memory_.give_up(sender, op.object, object.box.target);
  object.live = false;
  return sender.spent;
}

Task<> Lifetime::release(Thread& thread, Op& op) {
  if (runtime_.affinity().grouped(op.object)) {
    co_await ties_.release(thread, op);
    co_return;
  }
  runtime_.affinity().unpin(op.object);
  co_await borrows_.admit(thread, op, BorrowMode::exclusive);
  ObjectState& object = objects_[op.object];
  borrows_.drop_owner_copy(object);
  Sender sender{thread.node()};
  memory_.give_up(sender, op.object, object.box.target);
  if (survival_ != nullptr) {
    survival_->dropped(sender, op.object);
  }
  object.live = false;
  borrows_.leave(thread.id(), op.object, BorrowMode::exclusive);
  co_await runtime_.spend(thread, Category::cpu, sender.spent);
}

}  // namespace dsmsim::drust
