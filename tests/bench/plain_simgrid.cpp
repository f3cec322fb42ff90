// The yardstick: closed-loop remote reads of 512 bytes as one writes them in plain SimGrid S4U. On
// each server one actor answers requests and 16 actors send them to random other servers. There is
// no NIC: a 30-byte request and a 512-byte reply over a star of 4 GB/s links. fabric_bench.cpp does
// the same work on our fabric.
//
//   plain_simgrid SERVERS REQUESTS      prints requests per second of processor time, as
//                                       Google Benchmark counts
//
// Of the ways to write it the fastest: blocking put and get (on 256 servers five times as fast as
// detached puts, and permanent receivers are slower still: both keep more flows in SimGrid's
// sharing problem at a time), small stacks, payloads without allocation. Latency is in the links,
// so the precision has to be nanoseconds.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

namespace sg = simgrid::s4u;

namespace {

constexpr int kThreads = 16;
constexpr double kLinkBytesPerSecond = 4e9;
constexpr double kLinkLatency = 0.5e-6;
constexpr std::uint64_t kRequestBytes = 30;
constexpr std::uint64_t kReplyBytes = 512;

std::vector<sg::Host*> make_star(std::size_t servers) {
  auto* zone = sg::create_star_zone("rack");
  std::vector<sg::Host*> hosts;
  for (std::size_t i = 0; i < servers; ++i) {
    auto* host = zone->create_host("server" + std::to_string(i), 1e9);
    auto* link = zone->create_split_duplex_link("cable" + std::to_string(i), kLinkBytesPerSecond);
    link->set_latency(kLinkLatency)->seal();
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr,
                    {{link, sg::LinkInRoute::Direction::UP}}, true);
    hosts.push_back(host);
  }
  zone->seal();
  return hosts;
}

/// Answers requests for ever. A request carries the mailbox of who waits for the reply.
void serve(sg::Mailbox* requests) {
  static char data[kReplyBytes];
  for (;;) {
    requests->get<sg::Mailbox>()->put(data, kReplyBytes);
  }
}

void read_loop(const std::vector<sg::Mailbox*>& servers, std::size_t self, sg::Mailbox* replies,
               unsigned seed, int reads) {
  std::minstd_rand random(seed);
  for (int i = 0; i < reads; ++i) {
    const std::size_t other = (self + 1 + random() % (servers.size() - 1)) % servers.size();
    servers[other]->put(replies, kRequestBytes);
    replies->get<char>();
  }
}

}  // namespace

int main(int argc, char** argv) {
  sg::Engine engine(&argc, argv);
  if (argc != 3) {
    std::fputs("usage: plain_simgrid SERVERS REQUESTS\n", stderr);
    return 2;
  }
  const auto servers = static_cast<std::size_t>(std::atoi(argv[1]));
  const int each = std::atoi(argv[2]) / (static_cast<int>(servers) * kThreads);
  engine.set_config("network/model:CM02");
  engine.set_config("network/crosstraffic:no");
  engine.set_config("network/TCP-gamma:0");
  engine.set_config("surf/precision:1e-9");
  engine.set_config("contexts/stack-size:16");

  const auto hosts = make_star(servers);
  std::vector<sg::Mailbox*> mailboxes;
  for (const auto* host : hosts) {
    mailboxes.push_back(sg::Mailbox::by_name(host->get_name()));
  }
  for (std::size_t s = 0; s < servers; ++s) {
    sg::Actor::create("server", hosts[s], serve, mailboxes[s])->daemonize();
    for (int t = 0; t < kThreads; ++t) {
      const std::string name = "reader" + std::to_string(s) + "." + std::to_string(t);
      sg::Actor::create("reader", hosts[s], [&, s, t, name] {
        read_loop(mailboxes, s, sg::Mailbox::by_name(name), s * kThreads + t + 1, each);
      });
    }
  }
  const std::clock_t start = std::clock();
  engine.run();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double requests = static_cast<double>(each) * static_cast<double>(servers) * kThreads;
  std::printf("%.0f\n", requests / seconds);
}
