#pragma once
// What is broken in the network and the servers, now.
//
// The fabric asks at the points of a message's way where it would get lost (faults.cpp); while
// nothing is ever to break there is no Faults, and asking costs one branch. Reliable connections
// send a packet again when it is not acknowledged in time, and give up after some attempts
// (NicProfile::patience; InfiniBand Architecture Specification vol. 1, 9.7.6.1.3). A message that
// finds a cable down is tried again whole, and what follows it on its queue pair waits; one that is
// under way already gets through. A request that is given up gets an error completion. All of these
// go to one listener, not to whoever posted the request: protocols are written for networks that
// deliver.

#include <set>
#include <utility>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/fabric/message.hpp"
#include "sim/fabric/topology.hpp"

namespace dsmsim {

/// Who is told of error completions.
class FailureListener {
 public:
  virtual ~FailureListener() = default;
  /// A request of a server that has not crashed. May throw; if it does not, the request completes
  /// with Fabric::kFailed. Called at the top of an event.
  virtual void request_failed(const Post& post) = 0;
};

class Faults {
 public:
  struct Counters {
    std::uint64_t sent_again = 0;
    std::uint64_t delayed = 0;
    std::uint64_t datagrams_lost = 0;  ///< of unreliable ones, to rates and broken cables
  };
  using Function = void (*)(void*);

  /// Draws from `random` which messages are delayed or lost.
  Faults(std::size_t servers, std::size_t links, RandomStream random)
      : servers_(servers), down_(links), random_(random) {}

  void crash(NodeId server) { servers_[server.index()] = State::crashed; }
  /// It answers again, but knows none of its old connections and has nothing in its memory.
  void restart(NodeId server) { servers_[server.index()] = State::restarted; }
  /// Also if it has been restarted since.
  bool has_crashed(NodeId server) const { return servers_[server.index()] != State::up; }
  bool has_restarted(NodeId server) const { return servers_[server.index()] == State::restarted; }

  /// The software of `at` has closed its queue pairs with a lost server: what that has sent, and
  /// has not taken effect yet, never does.
  void close(NodeId at, NodeId lost) { closed_.insert({at, lost}); }
  bool is_closed(NodeId at, NodeId lost) const { return closed_.contains({at, lost}); }

  /// One direction of a cable; it may be down for several reasons at once.
  void take_down(LinkId link) { ++down_[link.index()]; }
  void bring_up(LinkId link) { --down_[link.index()]; }
  template <class Path>
  bool is_down(const Path& path) const {
    for (const LinkId link : path) {
      if (down_[link.index()] > 0) {
        return true;
      }
    }
    return false;
  }

  /// A share of all messages takes so much longer.
  void delay_messages(double rate, Duration by) { delays_.push_back({rate, by}); }
  /// A share of the unreliable datagrams is lost.
  void lose_datagrams(double rate) { loss_ = 1 - (1 - loss_) * (1 - rate); }
  // To be asked once a message, or datagram.
  Duration draw_delay();
  bool draw_loss();

  /// Calls function(argument) just before the `number`-th message of the type, counted from now,
  /// takes effect at its target.
  void before_arrival(MessageTypeId type, std::uint64_t number, Function function, void* argument);
  void arrives(MessageTypeId type);

  Counters& counters() { return counters_; }

 private:
  enum class State : std::uint8_t { up, crashed, restarted };
  struct Delay {
    double rate;
    Duration by;
  };
  struct Awaited {
    MessageTypeId type;
    std::uint64_t left;
    Function function;
    void* argument;
  };
  std::vector<State> servers_;
  std::set<std::pair<NodeId, NodeId>> closed_;
  std::vector<std::uint32_t> down_;  ///< by link: how often
  std::vector<Delay> delays_;
  std::vector<Awaited> awaited_;
  double loss_ = 0;
  RandomStream random_;
  Counters counters_;
};

}  // namespace dsmsim
