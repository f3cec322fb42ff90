// Mutexes, at the home of their object's first block (memory.hpp).

#include <utility>

#include "protocols/grappa/home.hpp"

namespace dsmsim::grappa {

void Home::on_lock(Core& core, std::uint32_t index) {
  if (acquire(core, index)) {
    tasks_.reply(index, 1);
    return;
  }
  Message& message = system_.messages[index];
  ++system_.counters.parked;
  message.next = std::exchange(memory_.mutex(ObjectId(message.object)).parked, index);
}

void Home::on_try_lock(Core& core, std::uint32_t index) {
  const bool taken = acquire(core, index);
  tasks_.reply(index, taken ? 1 : 0);
}

/// Takes the lock for the delegate if it is free for it.
bool Home::acquire(Core& core, std::uint32_t index) {
  const Message& message = system_.messages[index];
  const bool shared = message.kind == Kind::rlock || message.kind == Kind::try_rlock;
  Mutex& mutex = memory_.mutex(ObjectId(message.object));
  system_.counters.delegate(message.kind);
  cores_.occupy(core, system_.touch(Bytes(8)));
  const bool free = mutex.admits(shared) || system_.mutated("grappa.shared_grant");
  if (free) {
    mutex.take(ThreadId(message.thread), shared);
  }
  return free;
}

void Home::park(TaskState& task, Kind kind, ObjectId object) {
  const std::uint32_t index = tasks_.make(task, kind, task.core);
  Message& message = system_.messages[index];
  message.object = static_cast<std::uint32_t>(object.value());
  message.charged = true;
  ++system_.counters.parked;
  message.next = std::exchange(memory_.mutex(object).parked, index);
}

/// The answer is on its list before those of the delegates that run now.
void Home::on_unlock(Core& core, std::uint32_t index) {
  const Message& message = system_.messages[index];
  const ObjectId object(message.object);
  const ThreadId thread(message.thread);
  tasks_.reply(index, 0);
  unlock(core, object, thread);
}

void Home::unlock(Core& core, ObjectId object, ThreadId thread) {
  Mutex& mutex = memory_.mutex(object);
  system_.counters.delegate(Kind::unlock);
  cores_.occupy(core, system_.touch(Bytes(8)));
  mutex.give_back(thread);
  if (system_.mutated("grappa.forget_readers")) {
    mutex.readers.clear();
  }
  if (system_.mutated("grappa.forget_parked")) {
    return;
  }
  // The newest first: alone if it is exclusive, else with everybody who can share.
  std::uint32_t* link = &mutex.parked;
  while (*link != kNone && !mutex.owner.valid()) {
    const std::uint32_t index = *link;
    Message& message = system_.messages[index];
    const bool shared = message.kind == Kind::rlock;
    if (!mutex.admits(shared)) {
      link = &message.next;
      continue;
    }
    *link = std::exchange(message.next, kNone);
    grant(core, index);
  }
}

void Home::grant(Core& core, std::uint32_t index) {
  const Message& message = system_.messages[index];
  memory_.mutex(ObjectId(message.object))
      .take(ThreadId(message.thread), message.kind == Kind::rlock);
  charge_waiting(core, message);
  tasks_.reply(index, 1);
}

void Home::charge_waiting(const Core& core, const Message& message) {
  if (message.charged) {
    Tally& tally = tasks_.of(message).thread->tally();
    charge(tally, message.request);
    tally.charge(Category::lock_wait, core.free_at);
  }
}

}  // namespace dsmsim::grappa
