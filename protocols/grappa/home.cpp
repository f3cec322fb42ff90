#include "protocols/grappa/home.hpp"

#include <string>
#include <utility>

#include "sim/base/error.hpp"

namespace dsmsim::grappa {

void Home::begin(const Message& message) {
  system_.counters.delegate(message.kind);
  if (late_) {
    run_late();
  }
}

void Home::run_late() {
  const Message late = *std::exchange(late_, std::nullopt);
  memory_.write(ObjectId(late.object), late.block, Bytes(late.offset), Bytes(late.length),
                late.operand);
}

// ---- data

void Home::begin_data(Core& core, const Message& message) {
  begin(message);
  if (memory_.home(ObjectId(message.object), message.block) != core.id) {
    throw Error(ExitCode::incoherent,
                "grappa: a delegate on block " + std::to_string(message.block) + " of " +
                    "object " + std::to_string(message.object) + " runs at core " +
                    std::to_string(core.id.value()) + ", which is not its home");
  }
  cores_.occupy(core, system_.touch(Bytes(message.length)));
  if (is_call(message.kind)) {
    cores_.occupy(core, Duration::picoseconds(static_cast<std::int64_t>(message.expected)));
  }
}

void Home::on_read(Core& core, std::uint32_t index) {
  const Message& message = system_.messages[index];
  begin_data(core, message);
  tasks_.reply(index, memory_.read(ObjectId(message.object), message.block, Bytes(message.offset),
                                   Bytes(message.length), message.operand));
}

void Home::on_write(Core& core, std::uint32_t index) {
  const Message& message = system_.messages[index];
  begin_data(core, message);
  const std::uint64_t name = write(message);
  if (message.asynchronous) {
    outbox_.complete(index);
  } else {
    tasks_.reply(index, name);
  }
}

std::uint64_t Home::write(const Message& message) {
  if (system_.mutated("grappa.early_reply")) {
    late_ = message;
    return 0;
  }
  if (system_.mutated("grappa.run_twice")) {
    late_ = message;
  }
  return memory_.write(ObjectId(message.object), message.block, Bytes(message.offset),
                       Bytes(message.length), message.operand);
}

void Home::on_atomic(Core& core, std::uint32_t index, OpKind kind) {
  const Message& message = system_.messages[index];
  begin_data(core, message);
  const Bytes offset = system_.layout.block() * message.block + Bytes(message.offset);
  tasks_.reply(index, memory_.atomic(kind, ObjectId(message.object), offset, message.operand,
                                     message.expected));
}

// ---- the allocator, at core 0

void Home::on_allocate(Core& core, std::uint32_t index) {
  const Message& message = system_.messages[index];
  begin(message);
  cores_.occupy(core, system_.options.costs.allocate);
  const bool done =
      memory_.allocate(ObjectId(message.object), Bytes(message.expected), message.operand,
                       system_.mutated("grappa.overlapping_allocation"));
  tasks_.reply(index, done ? 1 : 0);
}

void Home::on_release(Core& core, std::uint32_t index) {
  const Message& message = system_.messages[index];
  begin(message);
  cores_.occupy(core, system_.options.costs.allocate);
  memory_.release(ObjectId(message.object));
  tasks_.reply(index, 0);
}

}  // namespace dsmsim::grappa
