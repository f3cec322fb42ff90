#include "protocols/drust/engine.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim {

DrustEngine::DrustEngine(EngineContext context, DrustOptions options)
    : objects_(context.objects, context.witness),
      runtime_(context, drust::fitting(std::move(options), context.cluster.servers()), objects_),
      heap_(context.cluster.servers(), runtime_.profile().memory, runtime_.options().allocator),
      memory_(runtime_, objects_, heap_, log_),
      replication_(
          runtime_.options().replication.backups > 0
              ? std::make_unique<drust::Replication>(runtime_, objects_, heap_, memory_, log_)
              : nullptr),
      survival_(replication_.get()),
      borrows_(runtime_, objects_, memory_, survival_),
      mover_(runtime_, objects_, heap_, memory_, survival_, borrows_.table()),
      uncached_(runtime_, objects_, heap_, survival_),
      mutexes_(runtime_, objects_, heap_,
               [this](WaitForGraph& graph) { borrows_.describe_waits(graph); }),
      atomics_(runtime_, objects_, heap_),
      controller_(runtime_, objects_, heap_, log_),
      returns_(runtime_, objects_, heap_, mover_, borrows_, survival_),
      no_room_(runtime_, objects_, heap_, mover_, borrows_, survival_),
      parts_(runtime_, objects_, heap_, memory_, borrows_, no_room_, survival_),
      groups_(runtime_, objects_, heap_, mover_, borrows_, returns_),
      access_({runtime_, objects_, heap_, memory_, mover_, mutexes_, uncached_, borrows_, no_room_,
               parts_, groups_, returns_, survival_}),
      lending_(runtime_, objects_, mutexes_, borrows_, access_, parts_, returns_, survival_),
      ties_(runtime_, objects_, memory_, borrows_, groups_, access_, survival_),
      lifetime_(runtime_, objects_, heap_, memory_, controller_, borrows_, ties_, survival_, log_),
      scheduling_({runtime_, objects_, heap_, controller_, mutexes_, borrows_, parts_, returns_,
                   ties_, lifetime_, survival_, log_}),
      inspector_({runtime_, objects_, heap_, memory_, replication_.get(), borrows_, mutexes_,
                  atomics_, controller_, workers_}) {
  if (replication_ != nullptr) {
    recovery_ = std::make_unique<drust::Recovery>(drust::Losable{runtime_, objects_, heap_, memory_,
                                                                 *replication_, borrows_, mutexes_,
                                                                 atomics_, controller_, log_});
  }
  if (!context.cluster.has_fabric()) {
    return;
  }
  MessageHandler& handler = *this;
  for (std::uint32_t server = 0; server < context.cluster.servers(); ++server) {
    stop_if_asked();
    workers_.push_back(std::make_unique<WorkerPool>(context.cluster.fabric(), NodeId(server),
                                                    runtime_.options().workers, handler));
  }
}

// ---- operations

MaybeDuration DrustEngine::try_local(Thread& thread, Op& op) {
  if (runtime_.lost().pauses(thread.node())) [[unlikely]] {
    return std::nullopt;
  }
  if (op.kind == OpKind::allocate) {
    return lifetime_.try_allocate(thread, op);
  }
  if (op.kind == OpKind::fence) {
    return Duration();  // every operation has taken effect when it ends
  }
  drust::ObjectState& object = borrows_.check(thread, op);
  switch (op.kind) {
    case OpKind::read:
      return access_.try_read(thread, op, object);
    case OpKind::write:
      return access_.try_write(thread, op, object);
    case OpKind::borrow:
    case OpKind::borrow_mut:
      return lending_.try_borrow(thread, op, object);
    case OpKind::give_back:
      return lending_.try_give_back(thread, op, object);
    case OpKind::release:
      return lifetime_.try_release(thread, op, object);
    case OpKind::transfer:
      return op.node == object.owner ? MaybeDuration(Duration()) : std::nullopt;
    case OpKind::tie:
      ties_.check(thread, op);
      return std::nullopt;
    case OpKind::unlock:
      return may_unlock(op.object) ? mutexes_.try_unlock_here(thread, op) : std::nullopt;
    case OpKind::atomic_add:
    case OpKind::atomic_cas:
      return borrows_.table().admits(op.object, BorrowMode::shared) ? atomics_.try_here(thread, op)
                                                                    : std::nullopt;
    case OpKind::lock:
    case OpKind::rlock:
    case OpKind::try_lock:
    case OpKind::try_rlock:
      return mutexes_.try_lock_here(thread, op);
    case OpKind::allocate:  // see above
    case OpKind::fence:
    case OpKind::file_read:  // not offered
    case OpKind::file_write:
    case OpKind::file_sync:
    case OpKind::write_ef:
    case OpKind::write_xf:
    case OpKind::read_fe:
    case OpKind::read_ff:
    case OpKind::call_read:
    case OpKind::call_write:
    case OpKind::send:  // answered by others
    case OpKind::receive:
    case OpKind::start:
    case OpKind::join:
    case OpKind::migrate:
    case OpKind::end_phase:
      break;
  }
  not_for_engines(op.kind);
}

/// The thread's server has heard that another one is lost, and not yet who has its place.
Task<> DrustEngine::perform_later(Thread& thread, Op& op) {
  while (runtime_.lost().pauses(thread.node())) {
    co_await runtime_.recovered(thread, runtime_.lost().paused_for(thread.node()));
  }
  if (const MaybeDuration at_once = try_local(thread, op)) {
    co_await runtime_.spend(thread, Category::cpu, *at_once);
  } else {
    co_await perform_now(thread, op);
  }
}

Task<> DrustEngine::perform_now(Thread& thread, Op& op) {
  switch (op.kind) {
    case OpKind::allocate:
      co_await lifetime_.allocate(thread, op);
      break;
    case OpKind::read:
      co_await access_.read(thread, op);
      break;
    case OpKind::write:
      co_await access_.write(thread, op);
      break;
    case OpKind::borrow:
    case OpKind::borrow_mut:
      co_await lending_.borrow(thread, op);
      break;
    case OpKind::give_back:
      co_await lending_.give_back(thread, op);
      break;
    case OpKind::release:
      co_await lifetime_.release(thread, op);
      break;
    case OpKind::transfer:
      co_await lifetime_.transfer(thread, op);
      break;
    case OpKind::tie:
      co_await ties_.tie(thread, op);
      break;
    case OpKind::unlock:
      co_await unlock(thread, op);
      break;
    case OpKind::atomic_add:
    case OpKind::atomic_cas:
      co_await atomic(thread, op);
      break;
    case OpKind::lock:
    case OpKind::rlock:
    case OpKind::try_lock:
    case OpKind::try_rlock:
      co_await mutexes_.lock(thread, op);
      co_await fetch_leased(thread, op);
      break;
    case OpKind::fence:      // answered at once
    case OpKind::file_read:  // not offered
    case OpKind::file_write:
    case OpKind::file_sync:
    case OpKind::write_ef:
    case OpKind::write_xf:
    case OpKind::read_fe:
    case OpKind::read_ff:
    case OpKind::call_read:
    case OpKind::call_write:
    case OpKind::send:  // answered by others
    case OpKind::receive:
    case OpKind::start:
    case OpKind::join:
    case OpKind::migrate:
    case OpKind::end_phase:
      not_for_engines(op.kind);
  }
}

/// Borrowed meanwhile.
Task<> DrustEngine::atomic(Thread& thread, Op& op) {
  co_await borrows_.admit(thread, op, BorrowMode::shared);
  co_await atomics_.perform(thread, op);
  borrows_.leave(thread.id(), op.object, BorrowMode::shared);
}

/// What has been written here behind the mutex is written back before others can have it.
Task<> DrustEngine::unlock(Thread& thread, Op& op) {
  if (!may_unlock(op.object)) {
    co_await survival_->about_to_leave(thread, op.object, objects_[op.object].box.target);
  }
  if (const MaybeDuration here = mutexes_.try_unlock_here(thread, op)) {
    co_await runtime_.spend(thread, Category::cpu, *here);
  } else {
    co_await mutexes_.unlock(thread, op);
  }
}

// ---- control messages

Duration DrustEngine::service_time(const Delivery&) { return runtime_.costs().service; }

Duration DrustEngine::handle(const Delivery& message) {
  drust::Sender here{message.to};
  if (!runtime_.cluster().fabric().has_crashed(
          message.to)) {  // else with all that it was about to do
    dispatch(message, here);
  }
  return here.spent;
}

// NOLINTNEXTLINE(readability-function-size): lists every message
void DrustEngine::dispatch(const Delivery& message, drust::Sender& here) {
  using Kind = drust::MessageKind;
  switch (runtime_.types().kind(message.type)) {
    case Kind::deallocate:
      return memory_.handle_deallocate(message, here);
    case Kind::invalidate:
      return memory_.handle_invalidate(message, here);
    case Kind::invalidated:
      return memory_.handle_invalidated(message, here);
    case Kind::reset:
      return memory_.reset(here, message.body.as<drust::ResetBody>());
    case Kind::update:
      return returns_.handle_update(message, here);
    case Kind::transfer:
      return lifetime_.handle_transfer(message);
    case Kind::allocate:
      return lifetime_.handle_allocate(message, here);
    case Kind::atomic_request:
      return atomics_.handle(message, here);
    case Kind::promote:
    case Kind::promoted:
    case Kind::held:
    case Kind::serves:
    case Kind::lost:
      return recovery_->handle(message, here);
    case Kind::ping:
      return controller_.handle_ping(message, here);
    case Kind::pong:
      return controller_.handle_pong(message);
    case Kind::ask:
      return controller_.handle_ask(message, here);
    case Kind::order:
      return controller_.handle_order(message, here);
    case Kind::moved:
      return controller_.handle_moved(message);
    case Kind::allocated:
    case Kind::atomic_reply:
    case Kind::reset_done:
    case Kind::resume:
    case Kind::told: {
      const auto reply = message.body.as<drust::ReplyBody>();
      return runtime_.answer(reply.call, reply.value);
    }
    case Kind::called:  // nobody waits for it
    case Kind::copy:    // one-sided, as the rest: no software sees it
    case Kind::move:
    case Kind::owner_update:
    case Kind::part_read:
    case Kind::part_write:
    case Kind::part_colour:
    case Kind::lock:
    case Kind::unlock:
    case Kind::runlock:
    case Kind::guarded_read:
    case Kind::guarded_write:
    case Kind::unsafe_read:
    case Kind::unsafe_write:
    case Kind::mutex_pointer:
    case Kind::in_place_read:
    case Kind::in_place_write:
    case Kind::atomic_add:
    case Kind::atomic_cas:
    case Kind::flag:
    case Kind::lease_end:
    case Kind::stack:
    case Kind::write_back:
    case Kind::back_up:
      return;
  }
}

// ---- counters

void DrustEngine::reset_counters() {
  runtime_.counters() = {};
  runtime_.counters().cached_peak = memory_.cached();
  heap_.reset_fragmentation();
}

void DrustEngine::report(CounterReport& report) const {
  drust::Counters all = runtime_.counters();
  const drust::Heap::Fragmentation fragmentation = heap_.fragmentation();
  all.fragmentation_internal = fragmentation.internal;
  all.fragmentation_external = fragmentation.external;
  all.fragmentation_failures = fragmentation.failed;
  report.add(all);
}

}  // namespace dsmsim
