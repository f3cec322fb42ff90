// Words with a full/empty bit, at their home core (uwsampa/grappa system/FullEmptyLocal.hpp,
// FullEmpty.hpp; ATC'15 section 3.1.3).
//
// A delegate that finds the bit wrong is parked there. Each write, and each read that empties the
// word, lets everybody who is parked test again, the newest first; who fails parks anew
// (ConditionVariableLocal.hpp:99-139).

#include <utility>

#include "protocols/grappa/home.hpp"

namespace dsmsim::grappa {

bool Home::use_word(ThreadId thread, Kind kind, ObjectId object, Bytes offset,
                    std::uint64_t& value) {
  WordBit& bit = memory_.bit(object, offset);
  const bool fills =
      kind == Kind::write_xf || (kind == Kind::write_ef && system_.mutated("grappa.overfill"));
  if (!fills && bit.full != reads_word(kind)) {
    return false;
  }
  std::uint64_t& word = memory_.word(object, offset);
  (reads_word(kind) ? value : word) = reads_word(kind) ? word : value;
  bit.full = kind != Kind::read_fe || system_.mutated("grappa.keep_full");
  if (memory_.witness() != nullptr) {
    memory_.witness()->used_word(thread, word);
  }
  return true;
}

void Home::park_at_word(TaskState& task, const Op& op, std::uint32_t block, Bytes offset) {
  const std::uint32_t index = tasks_.make(task, kind_of(op.kind), task.core);
  Message& message = system_.messages[index];
  message.object = static_cast<std::uint32_t>(op.object.value());
  message.block = block;
  message.offset = static_cast<std::uint32_t>(offset.count());
  message.length = 8;
  message.operand = op.operand();
  message.charged = true;
  ++system_.counters.parked;
  message.next = std::exchange(memory_.bit(op.object, op.offset).parked, index);
}

/// Runs a delegate on a word: for the first time, or again after it was parked.
void Home::synchronise(Core& core, std::uint32_t index, bool parked) {
  Message& message = system_.messages[index];
  const Kind kind = message.kind;
  const ObjectId object(message.object);
  const Bytes offset = system_.layout.block() * message.block + Bytes(message.offset);
  std::uint64_t value = message.operand;
  cores_.occupy(core, parked ? system_.options.costs.call : system_.touch(Bytes(8)));
  if (!use_word(ThreadId(message.thread), kind, object, offset, value)) {
    system_.counters.parked += parked ? 0 : 1;
    message.next = std::exchange(memory_.bit(object, offset).parked, index);
    return;
  }
  system_.counters.delegate(kind);
  if (parked) {
    charge_waiting(core, message);
  }
  message.next = kNone;
  tasks_.reply(index, reads_word(kind) ? value : 0);
  if (kind != Kind::read_ff) {
    test_again(core, object, offset);
  }
}

void Home::test_again(Core& core, ObjectId object, Bytes offset) {
  std::uint32_t next = std::exchange(memory_.bit(object, offset).parked, kNone);
  while (next != kNone) {
    const std::uint32_t index = next;
    next = system_.messages[index].next;
    synchronise(core, index, true);
    if (system_.mutated("grappa.wake_one")) {
      std::uint32_t& parked = memory_.bit(object, offset).parked;
      (parked == kNone ? parked : system_.messages[parked].next) = next;
      return;
    }
  }
}

}  // namespace dsmsim::grappa
