#include "protocols/legoos/lirs.hpp"

namespace dsmsim::legoos {

bool Lirs::is_resident(BlockId block) const {
  const auto found = known_.find(block);
  return found != known_.end() && found->second.resident;
}

bool Lirs::is_lir(BlockId block) const {
  const auto found = known_.find(block);
  return found != known_.end() && found->second.lir;
}

void Lirs::use(BlockId block) {
  Known& known = known_.at(block);
  const bool recent = known.stacked;
  raise(block, known);
  if (known.lir) {
    prune();
  } else if (recent) {
    queue_.erase(known.in_queue);
    promote(known);
  } else {
    queue_.splice(queue_.end(), queue_, known.in_queue);
  }
}

/// Until there are as many LIR blocks as there may be, every block becomes one.
void Lirs::admit(BlockId block) {
  Known& known = known_[block];
  const bool recent = known.stacked;
  known.resident = true;
  ++resident_;
  raise(block, known);
  if (recent || lir_ < most_lir_) {
    promote(known);
  } else {
    known.in_queue = queue_.insert(queue_.end(), block);
  }
}

void Lirs::evict(BlockId block) {
  const auto found = known_.find(block);
  queue_.erase(found->second.in_queue);
  found->second.resident = false;
  --resident_;
  if (!found->second.stacked) {
    known_.erase(found);
  }
}

/// To the top of the stack.
void Lirs::raise(BlockId block, Known& known) {
  if (known.stacked) {
    stack_.erase(known.in_stack);
  }
  known.stacked = true;
  known.in_stack = stack_.insert(stack_.begin(), block);
}

/// The block at the top becomes LIR, and the one at the bottom HIR if there are too many.
void Lirs::promote(Known& known) {
  known.lir = true;
  if (++lir_ > most_lir_) {
    Known& bottom = known_.at(stack_.back());
    bottom.lir = false;
    bottom.in_queue = queue_.insert(queue_.end(), stack_.back());
    --lir_;
  }
  prune();
}

/// The block at the bottom of the stack is always LIR.
void Lirs::prune() {
  while (!stack_.empty()) {
    const auto bottom = known_.find(stack_.back());
    if (bottom->second.lir) {
      return;
    }
    bottom->second.stacked = false;
    stack_.pop_back();
    if (!bottom->second.resident) {
      known_.erase(bottom);
    }
  }
}

/// Blocks that are neither in the stack nor in the queue are forgotten.
void Lirs::fingerprint(Fingerprint& into) const {
  const auto& [most_lir, most, lirs, all_resident, known, stack, queue] = *this;
  for (const BlockId block : stack) {
    const auto& [lir, resident, stacked, in_stack, in_queue] = known.at(block);
    into.add(block, lir, resident);
  }
  into.add(stack.size());
  for (const BlockId block : queue) {
    into.add(block.value());
  }
}

}  // namespace dsmsim::legoos
