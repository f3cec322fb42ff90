#include "sim/fabric/platform_load.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <simgrid/s4u.hpp>

#include "sim/fabric/in_child.hpp"
#include "sim/fabric/simgrid_engine.hpp"

namespace dsmsim {

template <class Archive>
void transfer(Archive& archive, PlatformLink& link) {
  archive(link.name, link.bytes_per_second, link.latency, link.kind);
}

template <class Archive>
void transfer(Archive& archive, Platform& platform) {
  archive(platform.hosts, platform.servers, platform.links, platform.route_ends,
          platform.route_links, platform.complaint);
}

namespace {

using namespace literals;
namespace s4u = simgrid::s4u;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// The digits at `position`, without leading zeros; moves behind them.
std::string take_number(const std::string& text, std::size_t& position) {
  const std::size_t start = std::min(text.find_first_not_of('0', position), text.size());
  for (position = start; position < text.size() && is_digit(text[position]);) {
    ++position;
  }
  return text.substr(start, position - start);
}

/// "node-2" before "node-10": runs of digits compare by value.
bool name_less(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string x = take_number(a, i);
      const std::string y = take_number(b, j);
      if (x != y) {
        return x.size() != y.size() ? x.size() < y.size() : x < y;
      }
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i;
      ++j;
    }
  }
  const std::size_t rest_a = a.size() - i;
  const std::size_t rest_b = b.size() - j;
  return rest_a != rest_b ? rest_a < rest_b : a < b;
}

PlatformLink::Kind kind_of(const s4u::Link& link) {
  switch (link.get_sharing_policy()) {
    case s4u::Link::SharingPolicy::FATPIPE:
      return PlatformLink::Kind::fat_pipe;
    case s4u::Link::SharingPolicy::WIFI:
      return PlatformLink::Kind::wireless;
    default:
      return PlatformLink::Kind::shared;
  }
}

/// Asks SimGrid for the routes; in the child.
class RouteCollector {
 public:
  explicit RouteCollector(Platform& into) : into_(into) {}

  void add(const s4u::Host& from, const s4u::Host& to) {
    std::vector<s4u::Link*> links;
    double latency = 0;
    if (&from != &to) {
      from.route_to(&to, links, &latency);
      check(from, to, links, latency);
    }
    for (const s4u::Link* link : links) {
      into_.route_links.push_back(index_of(*link));
    }
    into_.route_ends.push_back(static_cast<std::uint32_t>(into_.route_links.size()));
  }

 private:
  std::uint32_t index_of(const s4u::Link& link) {
    const auto [entry, is_new] =
        indices_.emplace(&link, static_cast<std::uint32_t>(into_.links.size()));
    if (is_new) {
      into_.links.push_back(
          {link.get_name(), link.get_bandwidth(), link.get_latency(), kind_of(link)});
    }
    return entry->second;
  }

  void check(const s4u::Host& from, const s4u::Host& to, const std::vector<s4u::Link*>& links,
             double latency) {
    if (!into_.complaint.empty()) {
      return;
    }
    double sum = 0;
    for (const s4u::Link* link : links) {
      sum += link->get_latency();
    }
    const std::string pair = "from \"" + from.get_name() + "\" to \"" + to.get_name() + "\"";
    if (links.empty()) {
      into_.complaint = "there is no route " + pair;
    } else if (std::abs(sum - latency) > 1e-12) {
      into_.complaint = "the route " + pair + " has latency that belongs to none of its links";
    }
  }

  Platform& into_;
  std::map<const s4u::Link*, std::uint32_t> indices_;
};

Platform load_here(const std::string& path, std::size_t servers) {
  s4u::Engine& engine = fresh_simgrid_engine();
  engine.load_platform(path);
  engine.get_netzone_root()->seal();  // Engine::seal_platform works once in a process
  std::vector<s4u::Host*> hosts = engine.get_all_hosts();
  std::ranges::sort(hosts, [](const s4u::Host* a, const s4u::Host* b) {
    return name_less(a->get_name(), b->get_name());
  });
  Platform platform;
  platform.hosts = hosts.size();
  hosts.resize(std::min(hosts.size(), servers));
  RouteCollector routes(platform);
  for (const s4u::Host* from : hosts) {
    platform.servers.push_back(from->get_name());
    for (const s4u::Host* to : hosts) {
      routes.add(*from, *to);
    }
  }
  return platform;
}

}  // namespace

Platform load_platform(const std::string& path, std::size_t servers) {
  // Some ten times what sensible platforms take: a pair of servers costs about 4 us and 100 bytes.
  const std::uint64_t million_pairs = std::uint64_t{servers} * servers / 1'000'000;
  const ChildLimits limits{Bytes((2 + million_pairs) << 30),
                           60'000_ms + 40'000_ms * static_cast<std::int64_t>(million_pairs)};
  return in_child<Platform>(limits, [&] { return load_here(path, servers); });
}

}  // namespace dsmsim
