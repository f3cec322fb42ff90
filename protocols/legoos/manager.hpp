#pragma once
// The global memory manager: which memory server gets the next memory of the process
// (monitor/gmm of WukLab/LegoOS; policies: lego_gmm.c:95, monitor_config.h:59-62).
//
// One box with one thread that takes message after message. What it knows is what it has been told:
// reports of memory servers, and what the home says about itself when it asks. Its peers are not
// here: with one pComponent the global process manager has no choice, and the global storage
// manager none with one storage server.

#include "protocols/legoos/station.hpp"

namespace dsmsim::legoos {

class Manager : private Service {
 public:
  /// All memory servers have so much.
  Manager(Stations& stations, std::size_t servers, Bytes memory);

  std::uint64_t consults() const { return consults_; }
  void reset_counters() { consults_ = 0; }
  void fingerprint(Fingerprint& into) const;

 private:
  /// For so many requests in a row it gives the same answer.
  static constexpr std::uint32_t kRepeats = 4;
  struct View {
    std::uint64_t requests = 0;
    Bytes free;
    Bytes given;  ///< in answers
  };
  Task<> serve(Worker& worker) override;
  NodeId choose();
  NodeId choose_as_released();
  template <class NoWorse>
  NodeId best(NoWorse no_worse) const;
  NodeId least_busy() const;
  NodeId most_free() const;
  NodeId given_least() const;

  const System& system_;
  const Servers& servers_;
  std::vector<View> views_;  ///< by server
  NodeId choice_;
  std::uint32_t repeats_ = 0;
  std::uint64_t consults_ = 0;
  Station station_;
};

}  // namespace dsmsim::legoos
