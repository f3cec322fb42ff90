#include "sim/fabric/platform_xml.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/fabric/in_child.hpp"
#include "sim/fabric/platform_load.hpp"

namespace dsmsim {
namespace {

std::span<const std::uint32_t> route_of(const Platform& platform, std::size_t from,
                                        std::size_t to) {
  const std::size_t pair = from * platform.servers.size() + to;
  const std::size_t start = pair == 0 ? 0 : platform.route_ends[pair - 1];
  return std::span(platform.route_links).subspan(start, platform.route_ends[pair] - start);
}

/// Which links belong to one server's NIC: those that only its routes begin with, or end with.
class LinkOwners {
 public:
  explicit LinkOwners(const Platform& platform) : owners_(platform.links.size()) {
    for (std::size_t link = 0; link < owners_.size(); ++link) {
      owners_[link].fat_pipe = platform.links[link].kind == PlatformLink::Kind::fat_pipe;
    }
    const std::size_t servers = platform.servers.size();
    for (std::size_t from = 0; from < servers; ++from) {
      for (std::size_t to = 0; to < servers; ++to) {
        note(route_of(platform, from, to), from, to);
      }
    }
  }
  /// A NIC is no fat pipe: its messages do slow each other.
  bool at_server(std::uint32_t link) const {
    return !owners_[link].several && !owners_[link].fat_pipe;
  }

 private:
  struct Owners {
    std::optional<std::size_t> sender;
    std::optional<std::size_t> receiver;
    bool several = false;
    bool fat_pipe = false;
  };
  void note(std::span<const std::uint32_t> route, std::size_t from, std::size_t to) {
    for (std::size_t i = 0; i < route.size(); ++i) {
      Owners& owners = owners_[route[i]];
      const bool first = i == 0;
      const bool last = i + 1 == route.size();
      owners.several |= !first && !last;
      owners.several |= first && owners.sender.value_or(from) != from;
      owners.several |= last && owners.receiver.value_or(to) != to;
      owners.sender = first ? from : owners.sender;
      owners.receiver = last ? to : owners.receiver;
    }
  }
  std::vector<Owners> owners_;
};

/// SimGrid's routes, with a link for the NIC of a server that has none of its own.
class PlatformRoutes : public Routing {
 public:
  explicit PlatformRoutes(Platform platform)
      : platform_(std::move(platform)),
        nic_out_(platform_.servers.size()),
        nic_in_(platform_.servers.size()) {}

  /// Adds the missing links of NICs to `links`, which holds those of the platform.
  void complete(const LinkOwners& owners, std::vector<Link>& links) {
    const Rate unlimited = Rate::bits_per_second(1e18);
    const auto add = [&](LinkId& nic) {
      if (!nic.valid()) {
        nic = LinkId(static_cast<std::uint32_t>(links.size()));
        links.push_back({{}, {}, unlimited, Duration(), true, true});
      }
    };
    for (std::size_t from = 0; from < nic_out_.size(); ++from) {
      for (std::size_t to = 0; to < nic_in_.size(); ++to) {
        const std::span<const std::uint32_t> route = route_of(platform_, from, to);
        if (!route.empty() && !owners.at_server(route.front())) {
          add(nic_out_[from]);
        }
        if (!route.empty() && !owners.at_server(route.back())) {
          add(nic_in_[to]);
        }
      }
    }
  }

  Route route(NodeId from, NodeId to, std::uint64_t) override {
    Route route;
    if (nic_out_[from.index()].valid()) {
      route.push_back(nic_out_[from.index()]);
    }
    for (const std::uint32_t link : route_of(platform_, from.index(), to.index())) {
      route.emplace_back(link);
    }
    if (nic_in_[to.index()].valid()) {
      route.push_back(nic_in_[to.index()]);
    }
    return route;
  }

 private:
  Platform platform_;
  std::vector<LinkId> nic_out_;
  std::vector<LinkId> nic_in_;
};

constexpr double kLongestLatency = 1;     // seconds; keeps the sum over a route in range
constexpr double kLeastBandwidth = 1000;  // bytes per second; keeps the time of a message in range

std::vector<std::string> mistakes(const Platform& platform, std::size_t servers) {
  std::vector<std::string> result;
  if (servers == 0 || platform.hosts < servers) {
    result.push_back("holds " + std::to_string(platform.hosts) + " hosts, " +
                     std::to_string(servers) + " servers are wanted");
  }
  if (!platform.complaint.empty()) {
    result.push_back(platform.complaint);
  }
  for (const PlatformLink& link : platform.links) {
    const std::string name = "link \"" + link.name + "\" ";
    if (link.kind == PlatformLink::Kind::wireless) {
      result.push_back(name + "is wireless, which is not supported");
    } else if (!(link.bytes_per_second > 0)) {
      result.push_back(name + "has no bandwidth");
    } else if (link.bytes_per_second < kLeastBandwidth) {
      result.push_back(name + "has a bandwidth of less than 1 kB/s");
    }
    if (link.latency < 0) {
      result.push_back(name + "has a negative latency");
    } else if (!(link.latency <= kLongestLatency)) {
      result.push_back(name + "has a latency of more than a second");
    }
  }
  return result;
}

/// SimGrid's message on one line, without "Parse error at FILE:", which becomes "FILE:LINE  ".
std::string located(const std::string& path, std::string message) {
  std::ranges::replace(message, '\n', ' ');
  const std::string prefix = "Parse error at " + path + ":";
  if (message.starts_with(prefix)) {
    const std::size_t colon = message.find(':', prefix.size());
    return path + ":" + message.substr(prefix.size(), colon - prefix.size()) + " " +
           message.substr(std::min(colon + 1, message.size()));
  }
  return path + "  " + message;
}

Topology build(Platform platform) {
  const LinkOwners owners(platform);
  std::vector<Link> links;
  links.reserve(platform.links.size());
  for (std::uint32_t i = 0; i < platform.links.size(); ++i) {
    const PlatformLink& link = platform.links[i];
    links.push_back({{},
                     {},
                     Rate::bits_per_second(link.bytes_per_second * 8),
                     from_seconds(link.latency),
                     link.kind == PlatformLink::Kind::shared,
                     owners.at_server(i)});
  }
  std::vector<std::string> servers = platform.servers;
  std::vector<std::string> names;
  for (const PlatformLink& link : platform.links) {
    names.push_back(link.name);
  }
  auto routes = std::make_unique<PlatformRoutes>(std::move(platform));
  routes->complete(owners, links);
  return {std::move(servers), std::move(links), std::move(routes), std::move(names)};
}

}  // namespace

void describe(config::Fields& f, PlatformFile& p) {
  f.file("file", p.file, "topologies", "a SimGrid platform file (XML)");
  f.sources(p.sources);
}

Topology import_platform(const std::string& path, std::size_t servers) {
  if (!std::ifstream(path)) {
    throw InputErrors({path + "  cannot be read"});
  }
  Platform platform;
  try {
    platform = load_platform(path, servers);
  } catch (const ChildFailure& failure) {
    throw InputErrors({located(path, failure.what())});
  }
  std::vector<std::string> errors = mistakes(platform, servers);
  if (!errors.empty()) {
    for (std::string& error : errors) {
      error.insert(0, path + "  ");
    }
    throw InputErrors(std::move(errors));
  }
  return build(std::move(platform));
}

}  // namespace dsmsim
