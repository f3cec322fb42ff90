#include "sim/perftest/perftest.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/stop.hpp"
#include "sim/experiment/cluster_config.hpp"

namespace dsmsim {
namespace {

constexpr NodeId kClient(0);
constexpr NodeId kServer(1);
constexpr std::uint64_t kMostInFlight = 1 << 20;

/// Takes messages and makes room for the next.
class Sink : public Receiver {
 public:
  explicit Sink(Fabric& fabric) : fabric_(fabric) {}
  void deliver(const Delivery& delivery) override { fabric_.repost_receive(delivery.to); }

 private:
  Fabric& fabric_;
};

/// A fabric with nothing else on it.
struct Bench {
  Simulation simulation;
  Topology topology;
  Fabric fabric;
  Sink sink;
  MessageTypeId type;

  Bench(const PerftestSetup& setup, Verb verb, std::size_t servers)
      : topology(make_topology(setup.topology, servers)),
        fabric(simulation, topology, setup.nic, with_lanes(setup)),
        sink(fabric),
        type(fabric.ledger().declare(std::string(to_string(verb)), verb, Purpose::fetch)) {
    simulation.queue().set_monitor([] {
      stop_if_asked();
      return true;
    });
    for (std::size_t i = 0; i < servers; ++i) {
      fabric.set_receiver(NodeId(static_cast<NodeId::Value>(i)), &sink);
    }
  }
  /// What still waits refers to the fabric.
  ~Bench() { simulation.abandon(); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

 private:
  static FabricOptions with_lanes(const PerftestSetup& setup) {
    FabricOptions options = setup.fabric;
    options.lanes = setup.queue_pairs;
    return options;
  }
};

Task<> request_once(Bench& bench, Post post) { co_await bench.fabric.perform(post); }

/// Client and server answer each other's messages at once, as perftest's write_lat and send_lat do.
class PingPong : public Receiver {
 public:
  PingPong(Bench& bench, Verb verb, Bytes size) : bench_(bench), verb_(verb), size_(size) {
    bench.fabric.set_receiver(kClient, this);
    bench.fabric.set_receiver(kServer, this);
  }

  Duration latency() {
    constexpr int kMessages = 16;
    left_ = kMessages;
    send(kClient, kServer);
    bench_.simulation.run();
    return seen_.since_start() / kMessages;
  }

  void deliver(const Delivery& delivery) override {
    bench_.fabric.repost_receive(delivery.to);
    see(delivery.from, delivery.to);
  }

 private:
  void send(NodeId from, NodeId to) {
    Post post{.from = from,
              .to = to,
              .verb = verb_,
              .type = bench_.type,
              .payload = size_,
              .after = bench_.fabric.nic().post};
    if (!is_two_sided(verb_)) {
      post.effect = [this, from, to] { see(from, to); };
    }
    bench_.fabric.post(post);
  }

  void see(NodeId from, NodeId to) {
    seen_ = bench_.simulation.now();
    if (--left_ > 0) {
      send(to, from);
    }
  }

  Bench& bench_;
  Verb verb_;
  Bytes size_;
  int left_ = 0;
  Time seen_;
};

Duration round_trip(const PerftestSetup& setup, Verb verb, Bytes size) {
  Bench bench(setup, verb, 2);
  bench.simulation.spawn(request_once(
      bench, {.from = kClient, .to = kServer, .verb = verb, .type = bench.type, .payload = size}));
  bench.simulation.run();
  return bench.simulation.now().since_start();
}

Duration half_ping_pong(const PerftestSetup& setup, Verb verb, Bytes size) {
  Bench bench(setup, verb, 2);
  return PingPong(bench, verb, size).latency();
}

/// Keeps every queue pair full and times the completions after the first round.
class Flood {
 public:
  Flood(Bench& bench, const PerftestSetup& setup, Verb verb, Bytes size)
      : bench_(bench),
        post_{.from = kClient, .to = kServer, .verb = verb, .type = bench.type, .payload = size},
        slots_(std::size_t{setup.queue_pairs} * setup.outstanding),
        rounds_(rounds(slots_, size)) {
    StopCounter counter(4096);
    for (std::size_t slot = 0; slot < slots_; ++slot) {
      counter.step();
      Post post = post_;
      post.lane = static_cast<std::uint32_t>(slot % setup.queue_pairs);
      bench_.simulation.spawn(repeat(post));
    }
  }

  double messages_per_second() {
    bench_.simulation.run();
    const Duration window = last_ - first_;
    return static_cast<double>(completed_ - slots_) / window.seconds();
  }

 private:
  /// Enough for a steady state, without moving gigabytes.
  static std::size_t rounds(std::size_t slots, Bytes size) {
    constexpr std::uint64_t kVolume = std::uint64_t{64} << 20;
    const std::uint64_t messages = kVolume / std::max<std::uint64_t>(size.count(), 1);
    return std::clamp<std::size_t>(messages / slots, 3, 32);
  }

  Task<> repeat(Post post) {
    for (std::size_t round = 0; round < rounds_; ++round) {
      co_await bench_.fabric.perform(post);
      last_ = bench_.simulation.now();
      if (++completed_ == slots_) {
        first_ = last_;
      }
    }
  }

  Bench& bench_;
  Post post_;
  std::size_t slots_;
  std::size_t rounds_;
  std::size_t completed_ = 0;
  Time first_;
  Time last_;
};

}  // namespace

void describe(config::Fields& f, PerftestSetup& s) {
  f.reference("nic", s.nic, "nics", "the NIC of both servers");
  f.tagged("topology", s.topology, topology_kinds(), "the network between them");
  f.optional("wire", s.fabric.wire, "wire model");
  f.optional("flow_above", s.fabric.flow_above, "automatic: larger messages are flows");
  f.optional("queue_pairs", s.queue_pairs, "between the two servers", config::range(1U, 65536U));
  f.optional("outstanding", s.outstanding, "requests in flight per queue pair",
             config::range(1U, 65536U));
  f.check(std::uint64_t{s.queue_pairs} * s.outstanding <= kMostInFlight, "outstanding",
          "more than a million requests in flight in all");
}

PerftestRow measure_verb(const PerftestSetup& setup, Verb verb, Bytes size) {
  PerftestRow row;
  row.size = is_atomic(verb) ? Bytes(8) : size;
  row.latency = returns_data(verb) ? round_trip(setup, verb, row.size)
                                   : half_ping_pong(setup, verb, row.size);
  Bench bench(setup, verb, 2);
  row.messages_per_second = Flood(bench, setup, verb, row.size).messages_per_second();
  row.bandwidth =
      Rate::bits_per_second(row.messages_per_second * static_cast<double>(row.size.count()) * 8);
  return row;
}

Duration measure_incast(const PerftestSetup& setup, Verb verb, Bytes size, std::uint32_t senders) {
  Bench bench(setup, verb, std::size_t{senders} + 1);
  for (std::uint32_t i = 1; i <= senders; ++i) {
    Post post{.from = NodeId(i), .to = kClient, .verb = verb, .type = bench.type, .payload = size};
    if (returns_data(verb)) {
      std::swap(post.from, post.to);
    }
    bench.simulation.spawn(request_once(bench, post));
  }
  bench.simulation.run();
  return bench.simulation.now().since_start();
}

}  // namespace dsmsim
