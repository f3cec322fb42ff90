#include "sim/dsm/boundary/thread.hpp"

#include <stdexcept>
#include <string>

#include "sim/dsm/boundary/hit_run.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/thread_system.hpp"
#include "sim/dsm/contract/witness.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

Thread::Thread(World& world, ThreadId id, NodeId node)
    : world_(world),
      queue_(world.simulation().queue()),
      engine_(&world.engine()),
      witness_(world.witness()),
      meter_(world.meter()),
      cpu_(&world.cluster().cpu(node)),
      id_(id),
      node_(node),
      settled_(queue_) {}

std::coroutine_handle<> Thread::Awaiter::start(std::coroutine_handle<> handle) {
  thread_.restart_operation(op_);
  thread_.waiting_in_ = &op_;
  thread_.keeps_core_ = thread_.spins_ || !thread_.cpu_->oversubscribed();
  if (thread_.keeps_core_) {
    thread_.lend_core();
    remote_ = handler_.perform(thread_, op_);
  } else {
    remote_ = thread_.perform_off_core(handler_, op_);
  }
  return remote_.await_suspend(handle);
}

void Thread::Awaiter::finish() {
  thread_.waiting_in_ = nullptr;
  if (thread_.keeps_core_) {
    thread_.want_core();
  }
  remote_.await_resume();
  const Time now = thread_.now();
  if (thread_.tally_.as_of() != now) {
    throw std::logic_error("the engine left " + to_string(now - thread_.tally_.as_of()) + " of a " +
                           std::string(to_string(op_.kind)) + " uncharged");
  }
  thread_.meter_.record(Meter::kind_of(op_.kind), now - thread_.operation_, thread_.tally_);
  if (!waits_for_program(op_.kind)) {
    thread_.meter_.note_wait({.kind = op_.kind,
                              .thread = thread_.id_,
                              .server = thread_.node_,
                              .object = op_.object,
                              .since = thread_.operation_,
                              .time = now - thread_.operation_});
  }
}

void Thread::begin_watched(Op& op) const {
  const OpToken token = witness_->begin(*this, op);
  if (takes_token(op.kind)) {
    op.set_token(token);
  }
}

void Thread::end_watched(const Op& op) const { witness_->end(*this, op); }

// More threads than cores: another one runs while this one waits. Switching costs something only if
// there was another one to run, or is one that must make room first.
Task<> Thread::perform_off_core(OpHandler& handler, Op& op) {
  const bool handed_over = cpu_->contended();
  cpu_->release();
  Task<> operation = handler.perform(*this, op);
  co_await operation;
  const Time ready = now();
  co_await cpu_->acquire();
  tally_.charge(Category::run_queue, now());
  if (handed_over || now() > ready) {
    co_await queue_.delay(world_.cluster().profile().context_switch);
    tally_.charge(Category::cpu, now());
  }
}

Thread::AllocateAwaiter Thread::allocate(Bytes size, NodeId node, bool guarded) {
  return {*this, Op::allocate(world_.objects().add(size), size, node, guarded)};
}
Thread::Awaiter Thread::release(ObjectId object) { return {*this, Op::release(object)}; }
Thread::Awaiter Thread::read(ObjectId object, Bytes offset, Bytes length) {
  return {*this, Op::read(object, offset, length)};
}
Thread::Awaiter Thread::write(ObjectId object, Bytes offset, Bytes length) {
  return {*this, Op::write(object, offset, length)};
}
Thread::Awaiter Thread::read(Borrow borrow, Bytes offset, Bytes length) {
  return {*this, Op::read(borrow.object, offset, length, borrow.id)};
}
Thread::Awaiter Thread::write(Borrow borrow, Bytes offset, Bytes length) {
  return {*this, Op::write(borrow.object, offset, length, borrow.id)};
}
Thread::BorrowAwaiter Thread::borrow(ObjectId object) { return {*this, Op::borrow_shared(object)}; }
Thread::BorrowAwaiter Thread::borrow_mut(ObjectId object) {
  return {*this, Op::borrow_mut(object)};
}
Thread::BorrowAwaiter Thread::borrow_mut(ObjectId object, Bytes offset, Bytes length) {
  return {*this, Op::borrow_mut(object, offset, length)};
}
Thread::Awaiter Thread::give_back(Borrow borrow) {
  return {*this, Op::give_back(borrow.object, borrow.id)};
}
Thread::Awaiter Thread::transfer(ObjectId object, NodeId to) {
  return {*this, Op::transfer(object, to)};
}
Thread::AllocateAwaiter Thread::allocate_raw(Bytes size, NodeId node) {
  return {*this, Op::allocate_raw(world_.objects().add(size), size, node)};
}
Thread::Awaiter Thread::tie(ObjectId object, ObjectId owner) {
  return {*this, Op::tie(object, owner)};
}
Thread::Awaiter Thread::tie_to_stack(ObjectId object) { return {*this, Op::tie_to_stack(object)}; }
Thread::Awaiter Thread::lock(ObjectId object) {
  return {*this, Op::lock(object, world_.objects().size(object))};
}
Thread::Awaiter Thread::rlock(ObjectId object) {
  return {*this, Op::rlock(object, world_.objects().size(object))};
}
Thread::Awaiter Thread::try_lock(ObjectId object) {
  return {*this, Op::try_lock(object, world_.objects().size(object))};
}
Thread::Awaiter Thread::try_rlock(ObjectId object) {
  return {*this, Op::try_rlock(object, world_.objects().size(object))};
}
Thread::Awaiter Thread::unlock(ObjectId object) {
  return {*this, Op::unlock(object, world_.objects().size(object))};
}
Thread::Awaiter Thread::atomic_add(ObjectId object, Bytes offset, std::uint64_t operand) {
  return {*this, Op::atomic_add(object, offset, operand)};
}
Thread::Awaiter Thread::atomic_cas(ObjectId object, Bytes offset, std::uint64_t expected,
                                   std::uint64_t desired) {
  return {*this, Op::atomic_cas(object, offset, expected, desired)};
}
Thread::Awaiter Thread::fence() { return {*this, Op::fence()}; }
Thread::Awaiter Thread::file_read(FileId file, Bytes offset, Bytes length) {
  return execute(Op::file_read(file, offset, length));
}
Thread::Awaiter Thread::file_write(FileId file, Bytes offset, Bytes length) {
  return execute(Op::file_write(file, offset, length));
}
Thread::Awaiter Thread::file_sync(FileId file) { return execute(Op::file_sync(file)); }
Thread::Awaiter Thread::write_ef(ObjectId object, Bytes offset, std::uint64_t value) {
  return execute(Op::write_ef(object, offset, value));
}
Thread::Awaiter Thread::write_xf(ObjectId object, Bytes offset, std::uint64_t value) {
  return execute(Op::write_xf(object, offset, value));
}
Thread::Awaiter Thread::read_fe(ObjectId object, Bytes offset) {
  return execute(Op::read_fe(object, offset));
}
Thread::Awaiter Thread::read_ff(ObjectId object, Bytes offset) {
  return execute(Op::read_ff(object, offset));
}
Task<> Thread::call_read(ObjectId object, Bytes offset, Bytes length, Duration work, bool shared) {
  return call(Op::call_read(object, offset, length, work), shared);
}
Task<> Thread::call_write(ObjectId object, Bytes offset, Bytes length, Duration work) {
  return call(Op::call_write(object, offset, length, work), false);
}
Thread::Awaiter Thread::send(ChannelId channel, Bytes length, std::uint64_t content) {
  return execute(Op::send(channel, length, content));
}
Thread::Awaiter Thread::send(ChannelId channel, Bytes length, std::uint64_t content,
                             const std::vector<ObjectId>& boxes) {
  return execute(Op::send(channel, length, content, world_.channels().pack(boxes)));
}
Thread::Awaiter Thread::receive(ChannelId channel) { return execute(Op::receive(channel)); }
Thread::MessageAwaiter Thread::receive_message(ChannelId channel) {
  const Op op = Op::receive(channel, true);
  if (is_lost()) {
    return {*this, op};
  }
  receives_ = true;
  return {*this, world_.channels(), op};
}
ReceivedMessage Thread::MessageAwaiter::await_resume() {
  const std::uint64_t content = Awaiter::await_resume();
  if (op_.parcel() == Channels::kLostSender) {
    return {.lost_sender = ThreadId(static_cast<ThreadId::Value>(content))};
  }
  return {op_.length, content, thread().world().channels().unpack(op_.parcel())};
}
Thread::Awaiter Thread::execute(const Op& op) {
  if (is_lost()) {
    return {*this, op};
  }
  switch (answerer_of(op.kind)) {
    case Answerer::every_engine:
      return {*this, op};
    case Answerer::some_engines:
      world_.check_offered(op.kind);
      return {*this, op};
    case Answerer::channels:
      receives_ |= op.kind == OpKind::receive;
      return {*this, world_.channels(), op};
    case Answerer::launcher:
      return {*this, world_.launcher(), op};
    case Answerer::nobody:
      break;
  }
  not_for_engines(op.kind);
}

Task<> Thread::call(Op op, bool shared) {
  const Engine& engine = world_.engine();
  if (engine.offers(op.kind) && engine.calls_at(op.object)) {
    co_await execute(op);
    co_return;
  }
  if (shared) {
    co_await rlock(op.object);
  } else {
    co_await lock(op.object);
  }
  if (op.work() > Duration()) {
    co_await compute(op.work());
  }
  if (op.kind == OpKind::call_read) {
    co_await read(op.object, op.offset, op.length);
  } else {
    co_await write(op.object, op.offset, op.length);
  }
  co_await unlock(op.object);
}

ThreadId Thread::spawn(NodeId node, const std::function<Task<>(Thread&)>& body) {
  const ThreadId id = world_.spawn(node, body);
  if (is_lost()) {
    world_.lose(world_.thread(id), lost_with_);
  }
  return id;
}

void Thread::leave_core() {
  cpu_->leave();
  cpu_->release();
}

Task<ThreadId> Thread::start(Launch launch, std::function<Task<>(Thread&)> body) {
  const std::uint64_t number = world_.launcher().prepare(std::move(launch), std::move(body));
  co_return ThreadId(static_cast<std::uint32_t>(co_await execute(Op::start(number))));
}

void Thread::give_result(LaunchResult result) {
  world_.launcher().set_result(id_, std::move(result));
}

Task<bool> Thread::join(ThreadId thread) {
  co_await stop_if_lost();
  if (has_put_off()) {
    co_await end_phase();
  }
  joining_ = thread;
  bool well = true;
  if (world_.launcher().knows(thread)) {
    well = co_await execute(Op::join(thread)) == 0;
  } else {
    leave_core();
    co_await world_.thread(thread).settled_.wait();
    well = !world_.thread(thread).is_lost();
    cpu_->enter();
    co_await cpu_->acquire();
  }
  joining_ = ThreadId();
  co_return well;
}

bool Thread::ask_to_move(NodeId server) {
  if (has_ended() || is_lost() || destination_.valid() || receives_ || server == node_) {
    return false;
  }
  destination_ = server;
  engine_ = &world_.mover();
  return true;
}

/// Only while it waits in an operation: it has left its core to others, or keeps it and waits.
Task<> Thread::relocate(NodeId server) {
  destination_ = NodeId();
  engine_ = &world_.engine();
  if (server == node_) {
    co_return;
  }
  if (keeps_core_) {
    want_core();
    cpu_->release();
  }
  cpu_->leave();
  node_ = server;
  cpu_ = &world_.cluster().cpu(node_);
  cpu_->enter();
  if (keeps_core_) {
    co_await cpu_->acquire();
    tally_.charge(Category::run_queue, now());
    lend_core();
  }
}

bool Thread::has_put_off() const {
  const ThreadSystem* const system = world_.engine().threads();
  return !is_lost() && system != nullptr && system->has_put_off(*this);
}

Task<> Thread::end_phase() {
  if (!has_put_off()) {
    co_return;
  }
  restart_operation(Op::end_phase());
  co_await world_.engine().threads()->end_phase(*this);
  co_await stop_if_lost();
  meter_.record(Meter::kind_of(OpKind::end_phase), now() - operation_, tally_);
}

Task<> Thread::yield() {
  co_await stop_if_lost();
  if (cpu_->contended()) {
    cpu_->release();
    co_await cpu_->acquire();
    co_await queue_.delay(world_.cluster().profile().context_switch);
  }
}

Task<> Thread::barrier(Barrier& barrier) {
  co_await stop_if_lost();
  if (has_put_off()) {
    co_await end_phase();
  }
  leave_core();
  at_barrier_ = &barrier;
  co_await barrier.wait();
  at_barrier_ = nullptr;
  co_await stop_if_lost();
  cpu_->enter();
  co_await cpu_->acquire();
}

std::string Thread::waiting_for() const {
  if (joining_.valid()) {
    return thread_name(joining_, world_.thread(joining_).node());
  }
  if (waiting_in_ != nullptr && waiting_in_->kind == OpKind::start) {
    return "a place for a new thread";
  }
  if (waiting_in_ != nullptr && is_word(waiting_in_->kind)) {
    return "word " + std::to_string(waiting_in_->offset.count() / 8) + " of " +
           object_name(waiting_in_->object) + " to be " +
           (reads_word(waiting_in_->kind) ? "full" : "empty");
  }
  if (waiting_in_ != nullptr) {
    return is_channel(waiting_in_->kind) ? world_.channels().name(waiting_in_->channel)
           : is_file(waiting_in_->kind)  ? "file " + std::to_string(waiting_in_->file.value())
                                         : object_name(waiting_in_->object);
  }
  if (at_barrier_ != nullptr) {
    return "a barrier to which " + std::to_string(at_barrier_->arrived()) + " of " +
           std::to_string(at_barrier_->parties()) + " have come";
  }
  return "";
}

std::size_t Thread::run_hits(std::span<const PlainAccess> accesses, KindId read, KindId write) {
  if (witness_ != nullptr || engine_ != &world_.engine()) {
    return 0;
  }
  HitRun run(queue_, meter_, read, write);
  const std::size_t done = world_.engine().try_run(*this, accesses, run);
  run.end(queue_);
  return done;
}

void Thread::count_operation(KindId kind, Time start) {
  meter_.record_operation(kind, queue_.now() - start);
}

}  // namespace dsmsim
