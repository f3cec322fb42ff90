#pragma once
// What comes to a core: packets, polls of the lists of its own server, and what each message means
// (uwsampa/grappa system/RDMAAggregator.cpp:633-964).
//
// One event serves a whole batch, and nothing is scheduled for a single message but the waking of
// the task that waits for it. Nobody calls this: it is woken by the fabric and by the clock.

#include <vector>

#include "protocols/grappa/completion_event.hpp"
#include "protocols/grappa/home.hpp"

namespace dsmsim::grappa {

class Arrivals {
 public:
  Arrivals(System& system, Cores& cores, Outbox& outbox, Tasks& tasks, const Memory& memory,
           Home& home, CompletionEvent& event);
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  /// The event of a core's poll (Cores).
  static void poll_is_due(void* argument);

 private:
  struct Server final : Receiver {
    Arrivals* arrivals = nullptr;
    void deliver(const Delivery& delivery) override { arrivals->receive(delivery); }
  };

  void receive(const Delivery& delivery);
  static void receive_now(void* argument);
  void receive_packets(Core& core);
  void unpack(Core& core, std::uint32_t packet);
  static void poll_now(void* argument);
  void poll(Core& core);
  void run(Core& core, std::uint32_t index);
  void run_request(Core& core, std::uint32_t index);
  void settle_completion(std::uint32_t index);
  void end_write(std::uint32_t index);
  Way way_of(const Message& message, Time begun) const;
  Duration taking(const Message& message, CoreId by) const;
  void prefetch(const Message& message) const;

  System& system_;
  Cores& cores_;
  Outbox& outbox_;
  Tasks& tasks_;
  const Memory& memory_;
  Home& home_;
  CompletionEvent& event_;
  std::vector<Server> receivers_;
};

}  // namespace dsmsim::grappa
