#pragma once
// Delegates at their home core: what they do to the global heap, and where those wait that cannot
// go on (uwsampa/grappa system/Delegate.hpp, FullEmptyLocal.hpp, FullEmpty.hpp; ATC'15
// section 3.1).
//
// Only a delegate, or a task of the home core itself, gets here. home.cpp has data and the
// allocator, locks.cpp mutexes, words.cpp words with a full/empty bit.

#include <optional>

#include "protocols/grappa/memory.hpp"
#include "protocols/grappa/tasks.hpp"

namespace dsmsim::grappa {

class Home {
 public:
  Home(System& system, Cores& cores, Outbox& outbox, Tasks& tasks, Memory& memory)
      : system_(system), cores_(cores), outbox_(outbox), tasks_(tasks), memory_(memory) {}

  // Delegates that have come to the core.
  void on_read(Core& core, std::uint32_t index);
  void on_write(Core& core, std::uint32_t index);
  void on_atomic(Core& core, std::uint32_t index, OpKind kind);
  void on_allocate(Core& core, std::uint32_t index);
  void on_release(Core& core, std::uint32_t index);
  void on_lock(Core& core, std::uint32_t index);
  void on_try_lock(Core& core, std::uint32_t index);
  void on_unlock(Core& core, std::uint32_t index);
  void on_word(Core& core, std::uint32_t index) { synchronise(core, index, false); }

  // For a task of the core: what a delegate would do, without a message.
  /// Its delegate waits, as the lock is not free.
  void park(TaskState& task, Kind kind, ObjectId object);
  /// The lock is given back; delegates that were parked run, on the core's time.
  void unlock(Core& core, ObjectId object, ThreadId thread);
  /// Does what the operation wants of a word, if its bit allows it; `value` is what it writes, or
  /// has read. Whoever waits for the change is another matter: test_again.
  bool use_word(ThreadId thread, Kind kind, ObjectId object, Bytes offset, std::uint64_t& value);
  /// As park: for the word to be full, or empty.
  void park_at_word(TaskState& task, const Op& op, std::uint32_t block, Bytes offset);
  /// Everybody who waits at the word tests again, on the core's time.
  void test_again(Core& core, ObjectId object, Bytes offset);

  void fingerprint(Fingerprint& into) const;

 private:
  void begin(const Message& message);
  void begin_data(Core& core, const Message& message);
  void run_late();
  std::uint64_t write(const Message& message);
  bool acquire(Core& core, std::uint32_t index);
  void grant(Core& core, std::uint32_t index);
  void synchronise(Core& core, std::uint32_t index, bool parked);
  /// A parked delegate goes on.
  void charge_waiting(const Core& core, const Message& message);

  System& system_;
  Cores& cores_;
  Outbox& outbox_;
  Tasks& tasks_;
  Memory& memory_;
  std::optional<Message> late_;  // of a defect: a write to be run with the next delegate
};

}  // namespace dsmsim::grappa
