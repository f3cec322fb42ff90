#include "sim/fabric/platform_xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "sim/base/config/tree.hpp"
#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"
#include "sim/fabric/in_child.hpp"
#include "sim/fabric/platform_load.hpp"
#include "sim/fabric/platform_text.hpp"

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
      stop_if_asked();
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
      stop_if_asked();
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

constexpr double kLongestLatency = 1;       // seconds; keeps the sum over a route in range
constexpr double kMostBandwidth = 1.25e14;  // as of all rates of a configuration: 1 Pb/s
constexpr double kLeastBandwidth = 1000;  // bytes per second; keeps the time of a message in range

/// "1.5 Gf": flop/s as platform files say them.
std::string speed_text(double speed) { return fmt::format("{:g} Gf", speed / 1e9); }

/// What is wrong with a loaded platform, without the name of its file.
class PlatformMistakes {
 public:
  PlatformMistakes(const PlatformFile& wish, const Platform& platform, std::size_t servers)
      : wish_(wish), platform_(platform) {
    check_hosts(servers);
    if (!wish.ignore_cpus) {
      check_cpus();
    }
    for (const PlatformLink& link : platform.links) {
      check(link);
    }
  }
  std::vector<std::string> list() && { return std::move(list_); }

 private:
  void add(const std::string& mistake) { list_.push_back("  " + mistake); }

  void check_hosts(std::size_t servers) {
    if (!platform_.complaint.empty()) {
      add(platform_.complaint + (wish_.hosts.empty() ? "; \"hosts\" says which are servers" : ""));
    } else if (servers == 0 || platform_.hosts < servers) {
      add((wish_.hosts.empty() ? "holds " : "\"hosts\" chooses ") +
          std::to_string(platform_.hosts) + " hosts, " + std::to_string(servers) +
          " servers are wanted");
    }
  }

  void check_cpus() {
    for (std::size_t i = 1; i < platform_.servers.size(); ++i) {
      const bool alike =
          platform_.speeds[i] == platform_.speeds[0] && platform_.cores[i] == platform_.cores[0];
      if (!alike) {
        return add(fmt::format(
            "hosts \"{}\" ({}, cores: {}) and \"{}\" ({}, cores: {}) differ, and servers are all "
            "alike: choose others by \"hosts\", or say \"ignore_cpus\": true",
            platform_.servers[0], speed_text(platform_.speeds[0]), platform_.cores[0],
            platform_.servers[i], speed_text(platform_.speeds[i]), platform_.cores[i]));
      }
    }
  }

  void check(const PlatformLink& link) {
    const std::string name = "link \"" + link.name + "\" ";
    if (link.kind == PlatformLink::Kind::wireless) {
      add(name + "is wireless, which is not supported");
    } else if (!(link.bytes_per_second > 0)) {
      add(name + "has no bandwidth");
    } else if (link.bytes_per_second < kLeastBandwidth) {
      add(name + "has a bandwidth of less than 1 kB/s");
    } else if (!(link.bytes_per_second <= kMostBandwidth)) {
      add(name + "has a bandwidth of more than 1 Pb/s");
    }
    if (link.latency < 0) {
      add(name + "has a negative latency");
    } else if (!(link.latency <= kLongestLatency)) {
      add(name + "has a latency of more than a second");
    }
  }

  const PlatformFile& wish_;
  const Platform& platform_;
  std::vector<std::string> list_;
};

/// Of a link, or of both directions of a split-duplex one.
bool concerns(const PlatformProfile& profile, const Platform& platform) {
  const auto is_it = [&](const std::string& name) { return name == profile.element; };
  return profile.element.empty() || std::ranges::any_of(platform.servers, is_it) ||
         std::ranges::any_of(platform.links, [&](const PlatformLink& link) {
           return is_it(link.name) || link.name == profile.element + "_UP" ||
                  link.name == profile.element + "_DOWN";
         });
}

/// The first profile of what the servers use.
std::vector<std::string> refused_profiles(const PlatformText& text, const Platform& platform,
                                          bool ignore_cpus) {
  for (const PlatformProfile& profile : text.profiles) {
    if (!(profile.of_speed && ignore_cpus) && concerns(profile, platform)) {
      return {
          fmt::format(":{}  {}: profiles are not followed; remove it, and say in \"faults\" "
                      "of the experiment what is to break, and when",
                      profile.line, profile.what)};
    }
  }
  return {};
}

constexpr std::size_t kLongestComplaint = 300;  // SimGrid lists all that it knows

/// SimGrid's message on one line, after the name of the file: ":LINE  ..." if it says the line.
std::string located(std::string message) {
  std::ranges::replace(message, '\n', ' ');
  std::string line;
  constexpr std::string_view prefix = "Parse error at /proc/self/fd/";
  if (message.starts_with(prefix)) {
    const std::size_t first = message.find(':', prefix.size());
    const std::size_t second = std::min(message.find(':', first + 1), message.size() - 1);
    line = message.substr(first, second - first);
    message.erase(0, second + 1);
  }
  message.erase(0, std::min(message.find_first_not_of(' '), message.size()));
  if (message.size() > kLongestComplaint) {
    message = config::beginning(message, kLongestComplaint) + "...";
  }
  return line + "  " + message;
}

/// The whole file.
std::string text_of(const std::string& path) {
  constexpr std::size_t most = std::size_t{64} << 20;
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || !std::filesystem::is_regular_file(path, ignored)) {
    throw InputErrors({path + "  cannot be read"});
  }
  std::string text;
  std::vector<char> chunk(std::size_t{64} << 10);
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > most) {
      throw InputErrors({path + "  is larger than 64 MiB"});
    }
  }
  return text;
}

Topology build(Platform platform, bool ignore_cpus) {
  const std::uint32_t cores =
      ignore_cpus || platform.cores.front() == 1 ? 0 : platform.cores.front();
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
  Topology topology(std::move(servers), std::move(links), std::move(routes), std::move(names));
  topology.set_server_cores(cores);
  return topology;
}

}  // namespace

void describe(config::Fields& f, PlatformFile& p) {
  f.file("file", p.file, "topologies", "a SimGrid platform file (XML)");
  f.optional("hosts", p.hosts,
             "which hosts are servers, in this order: names or patterns such as node-*; all when "
             "left out",
             config::one_or_more());
  f.optional("ignore_cpus", p.ignore_cpus,
             "servers are as cluster.server says, whatever speed and cores the hosts have");
  f.sources(p.sources);
}

Topology import_platform(const PlatformFile& wish, std::size_t servers) {
  const std::string& path = wish.file.path;
  const PlatformText text = read_platform_text(text_of(path));
  std::vector<std::string> mistakes = text.mistakes;
  Platform platform;
  if (mistakes.empty()) {
    try {
      platform = load_platform(text.network, {wish.hosts, servers});
      mistakes = refused_profiles(text, platform, wish.ignore_cpus);
      std::ranges::move(PlatformMistakes(wish, platform, servers).list(),
                        std::back_inserter(mistakes));
    } catch (const ChildFailure& failure) {
      mistakes = {located(failure.what())};
    }
  }
  for (std::string& mistake : mistakes) {
    mistake.insert(0, path);
  }
  if (!mistakes.empty()) {
    throw InputErrors(std::move(mistakes));
  }
  return build(std::move(platform), wish.ignore_cpus);
}

}  // namespace dsmsim
