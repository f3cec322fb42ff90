#include "protocols/grappa/invariants.hpp"

#include <string>

#include "sim/base/error.hpp"

namespace dsmsim::grappa {
namespace {

[[noreturn]] void broken(const std::string& what) {
  throw Error(ExitCode::incoherent, "grappa: " + what);
}

}  // namespace

// ---- what always holds

void Invariants::check_message(const Message& message) const {
  const CoreId home(message.reply || message.kind == Kind::completion ? message.from : message.to);
  const ObjectId object(message.object);
  const bool data = message.kind == Kind::read || message.kind == Kind::write ||
                    message.kind == Kind::add || message.kind == Kind::cas ||
                    is_word(message.kind) || is_call(message.kind);
  if (data && memory_.live(object) && memory_.home(object, message.block) != home) {
    broken("a " + std::string(to_string(message.kind)) + " of object " +
           std::to_string(message.object) + " goes to core " + std::to_string(home.value()) +
           ", which is not its home");
  }
  if (message.asynchronous ? message.reply : message.kind == Kind::completion) {
    broken("a message is a completion and an answer");
  }
}

void Invariants::check_packet(const Packet& packet) const {
  if (packet.bytes > outbox_.packet_capacity()) {
    broken("a packet holds " + to_string(packet.bytes) + ", more than it may");
  }
  if (system_.layout.server(packet.from) == system_.layout.server(packet.to)) {
    broken("a packet stays on its server");
  }
}

void Invariants::check_mutex(const Placed& placed) const {
  const Mutex& mutex = memory_.mutex_of(placed);
  if (mutex.owner.valid() && !mutex.readers.empty()) {
    broken("a mutex is held exclusively and shared");
  }
  for (std::uint32_t i = mutex.parked; i != kNone; i = system_.messages[i].next) {
    if (mutex.admits(system_.messages[i].kind == Kind::rlock)) {
      broken("a delegate is parked at a mutex that it could take");
    }
  }
}

void Invariants::check_words(const Placed& placed) const {
  for (const WordBit& bit : memory_.bits_of(placed)) {
    for (std::uint32_t i = bit.parked; i != kNone; i = system_.messages[i].next) {
      if (bit.full == reads_word(system_.messages[i].kind)) {
        broken("a delegate is parked at a word that it could use");
      }
    }
  }
}

/// Each core has counted its own writes, and core 0 the cores that have any, but for messages under
/// way.
void Invariants::check_event() const {
  std::vector<std::uint32_t> writes(system_.layout.cores());
  for (const auto& task : tasks_.all()) {
    if (task != nullptr) {
      writes[task->core.index()] +=
          task->enrolled + static_cast<std::uint32_t>(task->writes.size());
    }
  }
  std::size_t counted = event_.master().cores_out;
  std::size_t have_any = 0;
  system_.messages.for_each([&](const Message& message) {
    counted += message.kind == Kind::enroll && !message.reply ? 1 : 0;
    have_any += message.kind == Kind::leave ? 1 : 0;
  });
  for (const Core& core : cores_.all()) {
    const EventPart& event = event_.at(core.id);
    have_any += event.count > 0 ? 1 : 0;
    if (event.count !=
        (system_.options.completion == GrappaCompletion::global ? writes[core.id.index()] : 0)) {
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

/// What it waits for is under way.
void Invariants::check_tasks() const {
  struct Awaited {
    std::uint32_t answers = 0;
    std::uint32_t writes = 0;
  };
  std::vector<Awaited> awaited(tasks_.all().size());
  system_.messages.for_each([&](const Message& message) {
    if (message.thread != kNobody) {
      ++(message.asynchronous ? awaited[message.thread].writes : awaited[message.thread].answers);
    }
  });
  for (std::size_t i = 0; i < tasks_.all().size(); ++i) {
    const TaskState* const task = tasks_.all()[i].get();
    if (task != nullptr && task->starting && cores_[task->core].workers > 0) {
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
}

void Invariants::check_always() const {
  system_.messages.for_each([&](const Message& message) { check_message(message); });
  check_tasks();
  check_event();
  system_.packets.for_each([&](const Packet& packet) { check_packet(packet); });
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

void Invariants::check_at_rest() const {
  check_always();
  const Conservation& c = system_.conservation;
  if (system_.messages.in_use() != 0 || system_.packets.in_use() != 0) {
    broken(std::to_string(system_.messages.in_use()) + " messages and " +
           std::to_string(system_.packets.in_use()) + " packets are left at the end");
  }
  if (c.enqueued != c.serialized + c.delivered_locally || c.serialized != c.deserialized) {
    broken("of " + std::to_string(c.enqueued) + " messages, " + std::to_string(c.serialized) +
           " went into packets, " + std::to_string(c.deserialized) + " came out, and " +
           std::to_string(c.delivered_locally) + " stayed on their server");
  }
}

}  // namespace dsmsim::grappa
