#pragma once
// What a task does to blocks of its own core: function calls, without a message.

#include "protocols/grappa/home.hpp"
#include "protocols/grappa/part.hpp"
#include "sim/dsm/contract/engine.hpp"

namespace dsmsim::grappa {

class OwnCore {
 public:
  OwnCore(System& system, Cores& cores, Tasks& tasks, Memory& memory, Home& home)
      : system_(system), cores_(cores), tasks_(tasks), memory_(memory), home_(home) {}

  // They answer as Engine::try_local does: nothing if the object's home is elsewhere, or if the
  // task would have to wait or to wake others.
  MaybeDuration try_data(const TaskState& task, Op& op);
  MaybeDuration try_word(const TaskState& task, Op& op);
  MaybeDuration try_lock(const TaskState& task, Op& op);

  // For an operation that is issued: on the core's time; what waits is in TaskState::left.
  void use(TaskState& task, const Op& op, const Part& part);
  void unlock(const TaskState& task, const Op& op);
  void wait_for_lock(TaskState& task, const Op& op);
  /// At core 0, which has the allocator.
  void use_allocator(const TaskState& task, const Op& op);

 private:
  std::uint64_t run(const Op& op, const Part& part);
  void use_word(TaskState& task, const Op& op, const Part& part);
  Duration call() const { return system_.options.costs.call; }
  Duration call_on(Bytes length) const { return call() + system_.touch(length); }

  System& system_;
  Cores& cores_;
  Tasks& tasks_;
  Memory& memory_;
  Home& home_;
};

}  // namespace dsmsim::grappa
