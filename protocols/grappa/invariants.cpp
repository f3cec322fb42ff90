// What always holds of the runtime, and what holds at rest.
//
// What always holds: a message is in one place only, at a core that may have it; every operation
// under way has as many messages as it waits for; an asynchronous write is on its way or told of by
// a completion, of which one is listed from one core to another at most; locks exclude, and
// delegates are parked at a lock that is not free only, and at a word that is not as they want it
// only; packets are not larger than they may be.

#include <algorithm>
#include <string>

#include "protocols/grappa/runtime.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::grappa {
namespace {

[[noreturn]] void broken(const std::string& what) {
  throw Error(ExitCode::incoherent, "grappa: " + what);
}

}  // namespace

// ---- what always holds

void Runtime::check_message(const Message& message) const {
  const CoreId home(message.reply || message.kind == Kind::completion ? message.from : message.to);
  const ObjectId object(message.object);
  const bool data = message.kind == Kind::read || message.kind == Kind::write ||
                    message.kind == Kind::add || message.kind == Kind::cas || is_word(message.kind);
  if (data && memory_.live(object) && memory_.home(object, message.block) != home) {
    broken("a " + std::string(to_string(message.kind)) + " of object " +
           std::to_string(message.object) + " goes to core " + std::to_string(home.value()) +
           ", which is not its home");
  }
  if (message.asynchronous ? message.reply : message.kind == Kind::completion) {
    broken("a message is a completion and an answer");
  }
}

void Runtime::check_packet(const Packet& packet) const {
  if (packet.bytes > packet_capacity_) {
    broken("a packet holds " + to_string(packet.bytes) + ", more than it may");
  }
  if (layout_.server(packet.from) == layout_.server(packet.to)) {
    broken("a packet stays on its server");
  }
}

void Runtime::check_mutex(const Placed& placed) const {
  const Mutex& mutex = memory_.mutex_of(placed);
  if (mutex.owner.valid() && !mutex.readers.empty()) {
    broken("a mutex is held exclusively and shared");
  }
  for (std::uint32_t i = mutex.parked; i != kNone; i = messages_[i].next) {
    if (mutex.admits(messages_[i].kind == Kind::rlock)) {
      broken("a delegate is parked at a mutex that it could take");
    }
  }
}

void Runtime::check_words(const Placed& placed) const {
  for (const WordBit& bit : memory_.bits_of(placed)) {
    for (std::uint32_t i = bit.parked; i != kNone; i = messages_[i].next) {
      if (bit.full == reads_word(messages_[i].kind)) {
        broken("a delegate is parked at a word that it could use");
      }
    }
  }
}

/// Each core has counted its own writes, and core 0 the cores that have any, but for messages under
/// way.
void Runtime::check_event() const {
  std::vector<std::uint32_t> writes(cores_.size());
  for (const auto& task : tasks_) {
    if (task != nullptr) {
      writes[task->core.index()] +=
          task->enrolled + static_cast<std::uint32_t>(task->writes.size());
    }
  }
  std::size_t counted = event_.cores_out;
  std::size_t have_any = 0;
  messages_.for_each([&](const Message& message) {
    counted += message.kind == Kind::enroll && !message.reply ? 1 : 0;
    have_any += message.kind == Kind::leave ? 1 : 0;
  });
  for (const Core& core : cores_) {
    const EventPart& event = core.event;
    have_any += event.count > 0 ? 1 : 0;
    if (event.count !=
        (options_.completion == GrappaCompletion::global ? writes[core.id.index()] : 0)) {
      broken("core " + std::to_string(core.id.value()) + " counts " + std::to_string(event.count) +
             " writes, and has " + std::to_string(writes[core.id.index()]));
    }
    if (event.count > 0 && !event.in_progress) {
      broken("core " + std::to_string(core.id.value()) +
             " has writes under way, and takes the event for ended");
    }
  }
  if (counted != have_any) {
    broken("core 0 counts " + std::to_string(counted) + " cores with writes, of " +
           std::to_string(have_any));
  }
}

void Runtime::check_always() const {
  struct Awaited {
    std::uint32_t answers = 0;
    std::uint32_t writes = 0;
  };
  std::vector<Awaited> awaited(tasks_.size());
  messages_.for_each([&](const Message& message) {
    check_message(message);
    if (message.thread != kNobody) {
      ++(message.asynchronous ? awaited[message.thread].writes : awaited[message.thread].answers);
    }
  });
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const TaskState* const task = tasks_[i].get();
    if (task != nullptr && task->starting && core_of(*task).workers > 0) {
      broken("thread " + std::to_string(i) + " waits for a worker, and its core has a free one");
    }
    if (task != nullptr &&
        (awaited[i].answers != task->left || awaited[i].writes != task->writes.size())) {
      broken("thread " + std::to_string(i) + " waits for " + std::to_string(task->left) +
             " answers and " + std::to_string(task->writes.size()) + " writes, of which " +
             std::to_string(awaited[i].answers) + " and " + std::to_string(awaited[i].writes) +
             " are under way");
    }
  }
  check_event();
  packets_.for_each([&](const Packet& packet) { check_packet(packet); });
  for (const Placed& placed : memory_.objects()) {
    if (placed.mutex != kNone) {
      check_mutex(placed);
    }
    if (placed.bits != kNone) {
      check_words(placed);
    }
  }
  memory_.check();
}

// ---- what holds at rest

void Runtime::check_quiescent() const {
  check_always();
  const Conservation& c = conservation_;
  if (messages_.in_use() != 0 || packets_.in_use() != 0) {
    broken(std::to_string(messages_.in_use()) + " messages and " +
           std::to_string(packets_.in_use()) + " packets are left at the end");
  }
  if (c.enqueued != c.serialized + c.delivered_locally || c.serialized != c.deserialized) {
    broken("of " + std::to_string(c.enqueued) + " messages, " + std::to_string(c.serialized) +
           " went into packets, " + std::to_string(c.deserialized) + " came out, and " +
           std::to_string(c.delivered_locally) + " stayed on their server");
  }
}

}  // namespace dsmsim::grappa
