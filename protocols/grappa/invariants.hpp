#pragma once
// What always holds, and what holds at rest.
//
// Always: a message is in one place only, at a core that may have it; every operation under way has
// as many messages as it waits for; an asynchronous write is on its way or told of by a completion,
// of which one is listed from one core to another at most; locks exclude, and delegates are parked
// at a lock that is not free only, and at a word that is not as they want it only; packets are not
// larger than they may be.

#include "protocols/grappa/completion_event.hpp"
#include "protocols/grappa/memory.hpp"

namespace dsmsim::grappa {

class Invariants {
 public:
  Invariants(const System& system, const Cores& cores, const Outbox& outbox, const Tasks& tasks,
             const Memory& memory, const CompletionEvent& event)
      : system_(system),
        cores_(cores),
        outbox_(outbox),
        tasks_(tasks),
        memory_(memory),
        event_(event) {}

  // Throw Error(ExitCode::incoherent).
  void check_always() const;
  void check_at_rest() const;

 private:
  void check_message(const Message& message) const;
  void check_packet(const Packet& packet) const;
  void check_tasks() const;
  void check_event() const;
  void check_mutex(const Placed& placed) const;
  void check_words(const Placed& placed) const;

  const System& system_;
  const Cores& cores_;
  const Outbox& outbox_;
  const Tasks& tasks_;
  const Memory& memory_;
  const CompletionEvent& event_;
};

}  // namespace dsmsim::grappa
