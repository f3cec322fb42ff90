// A state is a row of numbers: how far each thread is, how many writes of each store buffer have
// reached the memory, registers, memory, locks, words' bits. A buffer needs no more than this
// number, for its writes are those of the thread's steps, in their order.

#include "sim/check/abstract_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim {
namespace {

using Value = std::uint64_t;
using State = std::vector<Value>;

struct StateHash {
  std::size_t operator()(const State& state) const {
    std::uint64_t hash = 0;
    for (const Value value : state) {
      hash = (hash ^ value) * 0x9e3779b97f4a7c15U;  // 2^64 divided by the golden ratio
      hash ^= hash >> 32U;
    }
    return hash;
  }
};

/// A lock's word: 1 + the thread that holds it exclusively, and a bit for each reader above that.
constexpr Value exclusive_by(std::size_t thread) { return thread + 1; }
constexpr Value shared_by(std::size_t thread) { return Value{256} << thread; }

/// The writes that go through one buffer.
struct Buffer {
  std::vector<const Step*> writes;
  std::vector<std::size_t> issued;  ///< how many of them come before step i
};

class Machine {
 public:
  Machine(const Scenario& scenario, StoreBuffers buffers, ModelOptions options)
      : scenario_(scenario),
        options_(options),
        buffered_(buffers != StoreBuffers::none),
        lanes_(buffers == StoreBuffers::one_an_object ? scenario.objects.size() : 1),
        drained_(scenario.threads.size()),
        registers_(drained_ + (buffered_ ? scenario.threads.size() * lanes_ : 0)),
        memory_(registers_ + scenario.registers.size()),
        locks_(memory_ + scenario.objects.size()),
        full_(locks_ + scenario.objects.size()),
        size_(full_ + (has_words(scenario) ? scenario.objects.size() : 0)) {
    for (const ScenarioThread& thread : scenario.threads) {
      for (std::size_t lane = 0; buffered_ && lane < lanes_; ++lane) {
        buffers_.push_back(buffer_of(thread, lane));
      }
    }
  }

  State start() const { return State(size_, 0); }

  /// Calls `visit` with each state that may come next.
  template <class Visit>
  void next(const State& state, Visit visit) const {
    for (std::size_t thread = 0; thread < scenario_.threads.size(); ++thread) {
      if (concerns_nobody(state, thread)) {
        visit(advanced(state, thread));
        return;
      }
    }
    for (std::size_t thread = 0; thread < scenario_.threads.size(); ++thread) {
      if (const Step* step = next_step(state, thread)) {
        perform(state, thread, *step, visit);
      }
      for (std::size_t i = thread * lanes_; buffered_ && i < (thread + 1) * lanes_; ++i) {
        if (!is_empty(state, thread, i)) {
          visit(drained(state, i));
        }
      }
    }
  }

  bool has_ended(const State& state) const {
    for (std::size_t thread = 0; thread < scenario_.threads.size(); ++thread) {
      if (next_step(state, thread) != nullptr || !has_drained(state, thread)) {
        return false;
      }
    }
    return true;
  }

  Outcome outcome(const State& state) const {
    const auto at = [&](std::size_t place) {
      return state.begin() + static_cast<std::ptrdiff_t>(place);
    };
    return {{at(registers_), at(memory_)}, {at(memory_), at(locks_)}};
  }

  Standstill standstill(const State& state) const {
    const auto threads = static_cast<std::ptrdiff_t>(scenario_.threads.size());
    return {{state.begin(), state.begin() + threads}, outcome(state).registers};
  }

 private:
  static bool has_words(const Scenario& scenario) {
    const auto uses_word = [](const Step& step) { return is_word(step.kind); };
    return std::any_of(scenario.threads.begin(), scenario.threads.end(),
                       [&](const ScenarioThread& thread) {
                         return std::any_of(thread.steps.begin(), thread.steps.end(), uses_word);
                       });
  }

  /// Nobody sees what is behind a lock before the unlock, which waits until the buffers are empty:
  /// so a write of it may reach the memory at once.
  bool is_buffered(const Step& step) const {
    return buffered_ && step.kind == OpKind::write && !needs_lock(scenario_, step);
  }

  Buffer buffer_of(const ScenarioThread& thread, std::size_t lane) const {
    Buffer buffer;
    for (const Step& step : thread.steps) {
      buffer.issued.push_back(buffer.writes.size());
      if (is_buffered(step) && (lanes_ == 1 || step.object.index() == lane)) {
        buffer.writes.push_back(&step);
      }
    }
    buffer.issued.push_back(buffer.writes.size());
    return buffer;
  }

  const Step* next_step(const State& state, std::size_t thread) const {
    const std::vector<Step>& steps = scenario_.threads[thread].steps;
    return state[thread] < steps.size() ? &steps[state[thread]] : nullptr;
  }

  bool is_empty(const State& state, std::size_t thread, std::size_t buffer) const {
    return state[drained_ + buffer] == buffers_[buffer].issued[state[thread]];
  }

  /// Whether all writes of the thread have reached the memory.
  bool has_drained(const State& state, std::size_t thread) const {
    for (std::size_t i = thread * lanes_; buffered_ && i < (thread + 1) * lanes_; ++i) {
      if (!is_empty(state, thread, i)) {
        return false;
      }
    }
    return true;
  }

  Value lock_of(const State& state, const Step& step) const {
    return state[locks_ + step.object.index()];
  }

  bool holds(const State& state, std::size_t thread, const Step& step) const {
    const Value lock = lock_of(state, step);
    return lock == exclusive_by(thread) || (lock & shared_by(thread)) != 0;
  }

  /// A step that can be done at once in any case and that no other thread notices: all orders are
  /// found if it goes first.
  bool concerns_nobody(const State& state, std::size_t thread) const {
    const Step* const step = next_step(state, thread);
    if (step == nullptr) {
      return false;
    }
    return is_buffered(*step) || (step->kind == OpKind::fence && has_drained(state, thread)) ||
           (needs_lock(scenario_, *step) && !holds(state, thread, *step));
  }

  State advanced(const State& state, std::size_t thread) const {
    State after = state;
    ++after[thread];
    return after;
  }

  /// The oldest write of the buffer reaches the memory.
  State drained(const State& state, std::size_t buffer) const {
    State after = state;
    const Step& write = *buffers_[buffer].writes[after[drained_ + buffer]++];
    after[memory_ + write.object.index()] = write.operand;
    return after;
  }

  void set_result(State& state, const Step& step, Value value) const {
    if (step.result.valid()) {
      state[registers_ + step.result.index()] = value;
    }
  }

  /// What the thread sees: its own last write that is under way, else the memory.
  Value seen(const State& state, std::size_t thread, ObjectIndex object) const {
    if (buffered_) {
      const std::size_t i = thread * lanes_ + (lanes_ == 1 ? 0 : object.index());
      const Buffer& buffer = buffers_[i];
      for (std::size_t k = buffer.issued[state[thread]]; k > state[drained_ + i]; --k) {
        if (buffer.writes[k - 1]->object == object) {
          return buffer.writes[k - 1]->operand;
        }
      }
    }
    return state[memory_ + object.index()];
  }

  /// The next step of the thread, unless it has to wait.
  template <class Visit>
  void perform(const State& state, std::size_t thread, const Step& step, Visit visit) const {
    if (step.kind == OpKind::read) {
      State after = advanced(state, thread);
      set_result(after, step, seen(state, thread, step.object));
      visit(std::move(after));
    } else if (step.kind == OpKind::write) {  // past the buffers
      State after = advanced(state, thread);
      after[memory_ + step.object.index()] = step.operand;
      visit(std::move(after));
    } else if (!has_drained(state, thread)) {
      return;
    } else if (is_atomic(step.kind)) {
      visit(after_atomic(state, thread, step));
    } else if (is_word(step.kind)) {
      use_word(state, thread, step, visit);
    } else if (step.kind == OpKind::unlock) {
      State after = advanced(state, thread);
      Value& lock = after[locks_ + step.object.index()];
      lock = lock == exclusive_by(thread) ? 0 : lock & ~shared_by(thread);
      visit(std::move(after));
    } else if (is_lock(step.kind)) {
      take_lock(state, thread, step, visit);
    }
  }

  State after_atomic(const State& state, std::size_t thread, const Step& step) const {
    State after = advanced(state, thread);
    Value& word = after[memory_ + step.object.index()];
    const Value old = word;
    if (step.kind == OpKind::atomic_add) {
      word += step.operand;
    } else if (old == step.expected) {
      word = step.operand;
    }
    set_result(after, step, old);
    return after;
  }

  /// Of a word with a full/empty bit, if the bit allows it.
  template <class Visit>
  void use_word(const State& state, std::size_t thread, const Step& step, Visit visit) const {
    const bool reads = reads_word(step.kind);
    const bool is_full = state[full_ + step.object.index()] != 0;
    if (step.kind != OpKind::write_xf && is_full != reads) {
      return;
    }
    State after = advanced(state, thread);
    Value& word = after[memory_ + step.object.index()];
    if (reads) {
      set_result(after, step, word);
    } else {
      word = step.operand;
    }
    after[full_ + step.object.index()] = step.kind == OpKind::read_fe ? 0 : 1;
    visit(std::move(after));
  }

  template <class Visit>
  void take_lock(const State& state, std::size_t thread, const Step& step, Visit visit) const {
    const bool tries = dsmsim::tries(step.kind);
    const bool shared = is_shared(step.kind);
    const Value lock = lock_of(state, step);
    const bool held_exclusively = (lock & 0xffU) != 0;
    const bool is_free = shared ? !held_exclusively && !holds(state, thread, step) : lock == 0;
    if (is_free) {
      State after = advanced(state, thread);
      after[locks_ + step.object.index()] |= shared ? shared_by(thread) : exclusive_by(thread);
      set_result(after, step, tries ? 1 : 0);
      visit(std::move(after));
    }
    if (tries && (!is_free || options_.spurious_failures)) {
      State after = advanced(state, thread);
      set_result(after, step, 0);
      visit(std::move(after));
    }
  }

  const Scenario& scenario_;
  ModelOptions options_;
  bool buffered_;
  std::size_t lanes_;  // buffers of one thread
  // Where in a state stands what; threads' positions come first.
  std::size_t drained_;
  std::size_t registers_;
  std::size_t memory_;
  std::size_t locks_;
  std::size_t full_;  // none, if the scenario has no words
  std::size_t size_;
  std::vector<Buffer> buffers_;  // thread by thread
};

}  // namespace

MachineEnds explore(const Scenario& scenario, StoreBuffers buffers, ModelOptions options) {
  const Machine machine(scenario, buffers, options);
  MachineEnds ends;
  std::unordered_set<State, StateHash> seen{machine.start()};
  std::vector<const State*> waiting{&*seen.begin()};  // elements of a set stay where they are
  StopCounter counter(4096);
  while (!waiting.empty()) {
    counter.step();
    const State& state = *waiting.back();
    waiting.pop_back();
    bool stuck = true;
    machine.next(state, [&](State after) {
      stuck = false;
      const auto [place, is_new] = seen.insert(std::move(after));
      if (is_new) {
        waiting.push_back(&*place);
      }
    });
    if (stuck && machine.has_ended(state)) {
      ends.outcomes.insert(machine.outcome(state));
    } else if (stuck) {
      ends.standstills.insert(machine.standstill(state));
    }
    if (seen.size() > options.most_states) {
      throw Error(ExitCode::limit, fmt::format("{}: more than {} states of a memory model",
                                               scenario.name, options.most_states));
    }
  }
  return ends;
}

}  // namespace dsmsim
