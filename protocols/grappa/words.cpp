// Words with a full/empty bit, at their home core (uwsampa/grappa system/FullEmptyLocal.hpp,
// FullEmpty.hpp; ATC'15 section 3.1.3).
//
// A delegate that finds the bit wrong is parked there. Each write, and each read that empties the
// word, lets everybody who is parked test again, the newest first; who fails parks anew
// (ConditionVariableLocal.hpp:99-139).

#include "protocols/grappa/runtime.hpp"

namespace dsmsim::grappa {

bool Runtime::use_word(ThreadId thread, Kind kind, ObjectId object, Bytes offset,
                       std::uint64_t& value) {
  WordBit& bit = memory_.bit(object, offset);
  const bool fills =
      kind == Kind::write_xf || (kind == Kind::write_ef && mutated("grappa.overfill"));
  if (!fills && bit.full != reads_word(kind)) {
    return false;
  }
  std::uint64_t& word = memory_.word(object, offset);
  (reads_word(kind) ? value : word) = reads_word(kind) ? word : value;
  bit.full = kind != Kind::read_fe || mutated("grappa.keep_full");
  if (memory_.witness() != nullptr) {
    memory_.witness()->used_word(thread, word);
  }
  return true;
}

void Runtime::park_at_word(TaskState& task, const Op& op, std::uint32_t block, Bytes offset) {
  const std::uint32_t index = make(task, kind_of(op.kind), task.core);
  Message& message = messages_[index];
  message.object = static_cast<std::uint32_t>(op.object.value());
  message.block = block;
  message.offset = static_cast<std::uint32_t>(offset.count());
  message.length = 8;
  message.operand = op.operand;
  message.charged = true;
  ++counters_.parked;
  message.next = std::exchange(memory_.bit(op.object, op.offset).parked, index);
}

/// Runs a delegate on a word: for the first time, or again after it was parked.
void Runtime::synchronise(Core& home, std::uint32_t index, bool parked) {
  Message& message = messages_[index];
  const Kind kind = message.kind;
  const ObjectId object(message.object);
  const Bytes offset = layout_.block() * message.block + Bytes(message.offset);
  std::uint64_t value = message.operand;
  occupy(home, parked ? options_.costs.call : touch(Bytes(8)));
  if (!use_word(ThreadId(message.thread), kind, object, offset, value)) {
    counters_.parked += parked ? 0 : 1;
    message.next = std::exchange(memory_.bit(object, offset).parked, index);
    return;
  }
  ++counters_.delegates[static_cast<std::size_t>(kind)];
  if (parked && message.charged) {
    Tally& tally = task_of(message).thread->tally();
    charge(tally, message.request);
    tally.charge(Category::lock_wait, home.free_at);
  }
  message.next = kNone;
  reply(home, index, reads_word(kind) ? value : 0);
  if (kind != Kind::read_ff) {
    test_again(home, object, offset);
  }
}

void Runtime::test_again(Core& home, ObjectId object, Bytes offset) {
  std::uint32_t next = std::exchange(memory_.bit(object, offset).parked, kNone);
  while (next != kNone) {
    const std::uint32_t index = next;
    next = messages_[index].next;
    synchronise(home, index, true);
    if (mutated("grappa.wake_one")) {
      std::uint32_t& parked = memory_.bit(object, offset).parked;
      (parked == kNone ? parked : messages_[parked].next) = next;
      return;
    }
  }
}

}  // namespace dsmsim::grappa
