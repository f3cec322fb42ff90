// The wire model `flow` against a textbook implementation of what it promises: progressive filling
// gives the max-min fair shares, and bytes drain at them (Bertsekas and Gallager, Data Networks,
// section 6.5.2).

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/random.hpp"
#include "sim/fabric/flow.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim {
namespace {

using namespace literals;

struct Transfer {
  Route route;
  Bytes bytes;
  Time start;
  Time end = Time::never();
};

/// Raises all shares together; whoever crosses a link that is full stays where it is.
std::vector<double> fill(const std::vector<const Transfer*>& flows, std::vector<double> capacity) {
  std::vector<double> share(flows.size(), -1);
  for (;;) {
    std::vector<int> users(capacity.size(), 0);
    for (std::size_t f = 0; f < flows.size(); ++f) {
      for (const LinkId link : flows[f]->route) {
        users[link.index()] += share[f] < 0 ? 1 : 0;
      }
    }
    double level = -1;
    std::size_t tightest = 0;
    for (std::size_t link = 0; link < capacity.size(); ++link) {
      const double even = users[link] == 0 ? 0 : capacity[link] / users[link];
      if (users[link] != 0 && (level < 0 || even < level)) {
        level = even;
        tightest = link;
      }
    }
    if (level < 0) {
      return share;
    }
    for (std::size_t f = 0; f < flows.size(); ++f) {
      if (share[f] < 0 &&
          std::ranges::find(flows[f]->route, LinkId(static_cast<std::uint32_t>(tightest))) !=
              flows[f]->route.end()) {
        share[f] = level;
        for (const LinkId link : flows[f]->route) {
          capacity[link.index()] -= level;
        }
      }
    }
  }
}

/// Ends in seconds, by stepping from one start or end to the next.
std::vector<double> reference_ends(const std::vector<Transfer>& transfers,
                                   const std::vector<double>& capacity) {
  std::vector<double> left;
  for (const Transfer& transfer : transfers) {
    left.push_back(static_cast<double>(transfer.bytes.count()));
  }
  std::vector<double> ends(transfers.size(), -1);
  double now = 0;
  for (;;) {
    std::vector<const Transfer*> active;
    std::vector<std::size_t> index;
    double next = -1;
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      const double start = transfers[i].start.seconds();
      if (ends[i] < 0 && start <= now) {
        active.push_back(&transfers[i]);
        index.push_back(i);
      } else if (ends[i] < 0 && (next < 0 || start < next)) {
        next = start;
      }
    }
    if (active.empty() && next < 0) {
      return ends;
    }
    const std::vector<double> shares = fill(active, capacity);
    std::size_t first = active.size();
    for (std::size_t a = 0; a < active.size(); ++a) {
      const double end = now + left[index[a]] / shares[a];
      if (next < 0 || end < next) {
        next = end;
        first = a;
      }
    }
    for (std::size_t a = 0; a < active.size(); ++a) {
      left[index[a]] -= shares[a] * (next - now);
    }
    now = next;
    if (first < active.size()) {
      ends[index[first]] = now;
    }
  }
}

std::vector<Transfer> random_transfers(const Topology& network, std::uint64_t seed) {
  RandomStream random(seed, "transfers");
  std::vector<Transfer> transfers;
  for (int i = 0; i < 60; ++i) {
    const auto from = static_cast<std::uint32_t>(random.below(network.servers()));
    auto to = static_cast<std::uint32_t>(random.below(network.servers() - 1));
    to += to >= from ? 1 : 0;
    transfers.push_back(
        {network.route(NodeId(from), NodeId(to), random.next()), Bytes(1 + random.below(4 << 20)),
         Time::at(Duration::picoseconds(static_cast<std::int64_t>(random.below(2'000'000'000))))});
  }
  return transfers;
}

struct Run {
  EventQueue queue;
  FlowModel flows;
  Run(const Topology& network, const std::vector<Rate>& rates) : flows(queue, network, rates) {}
};

void simulate(const Topology& network, std::vector<Transfer>& transfers,
              const std::vector<Rate>& rates) {
  Run run(network, rates);
  struct Event {
    Run& run;
    Transfer& transfer;
  };
  std::vector<Event> events;
  events.reserve(transfers.size());
  for (Transfer& transfer : transfers) {
    events.push_back({run, transfer});
  }
  for (Event& event : events) {
    run.queue.schedule(
        event.transfer.start,
        [](void* argument) {
          Event& self = *static_cast<Event*>(argument);
          self.run.flows.start(
              self.transfer.route, self.transfer.bytes,
              [](void* again) {
                Event& ended = *static_cast<Event*>(again);
                ended.transfer.end = ended.run.queue.now();
              },
              argument);
        },
        &event);
  }
  run.queue.run();
}

TEST_CASE("Random flows end when progressive filling says so") {
  const Topology network = make_fat_tree({{40_Gbps, 10_ns}, {25_Gbps, 10_ns}, {100_ns, 4}, 1}, 8);
  std::vector<Rate> rates;
  std::vector<double> capacity;
  for (const Link& link : network.links()) {
    rates.push_back(link.rate);
    capacity.push_back(link.rate.bytes_per_second());
  }
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<Transfer> transfers = random_transfers(network, seed);
    const std::vector<double> expected = reference_ends(transfers, capacity);
    simulate(network, transfers, rates);
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      CHECK(transfers[i].end.seconds() == Approx(expected[i]).epsilon(1e-8));
    }
  }
}

}  // namespace
}  // namespace dsmsim
