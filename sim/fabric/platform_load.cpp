#include "sim/fabric/platform_load.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <map>
#include <simgrid/s4u.hpp>
#include <system_error>

#include "sim/fabric/in_child.hpp"
#include "sim/fabric/platform_hosts.hpp"
#include "sim/fabric/simgrid_engine.hpp"

namespace dsmsim {

template <class Archive>
void transfer(Archive& archive, PlatformLink& link) {
  archive(link.name, link.bytes_per_second, link.latency, link.kind);
}

template <class Archive>
void transfer(Archive& archive, Platform& platform) {
  archive(platform.hosts, platform.servers, platform.speeds, platform.cores, platform.links,
          platform.route_ends, platform.route_links, platform.complaint);
}

namespace {

using namespace literals;
namespace s4u = simgrid::s4u;

PlatformLink::Kind kind_of(const s4u::Link& link) {
  switch (link.get_sharing_policy()) {
    case s4u::Link::SharingPolicy::FATPIPE:
      return PlatformLink::Kind::fat_pipe;
    case s4u::Link::SharingPolicy::WIFI:
      return PlatformLink::Kind::wireless;
    case s4u::Link::SharingPolicy::SHARED:
    case s4u::Link::SharingPolicy::SPLITDUPLEX:
    case s4u::Link::SharingPolicy::NONLINEAR:
      break;
  }
  return PlatformLink::Kind::shared;
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

/// A file in memory, by a name that SimGrid can open.
std::string name_of_text(const std::string& text) {
  const int file = memfd_create("platform", 0);
  if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::system_error(errno, std::generic_category(), "platform in memory");
  }
  return "/proc/self/fd/" + std::to_string(file);
}

/// From now on this process can open one file at a time and none beside it: while SimGrid reads the
/// platform, whatever the platform says, nothing else is opened, for reading or for writing.
void forbid_other_files() {
  const int next = dup(STDERR_FILENO);
  close(next);
  const auto most = static_cast<rlim_t>(next) + 1;
  const rlimit limit{most, most};
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// The hosts that become servers, in their order.
std::vector<s4u::Host*> chosen_hosts(const s4u::Engine& engine, const PlatformWish& wish,
                                     Platform& platform) {
  const std::vector<s4u::Host*> hosts = engine.get_all_hosts();
  std::vector<std::string> names;
  for (const s4u::Host* host : hosts) {
    names.push_back(host->get_name());
  }
  HostChoice choice = choose_hosts(names, wish.hosts);
  platform.complaint = choice.mistake;
  platform.hosts = choice.hosts.size();
  choice.hosts.resize(std::min(choice.hosts.size(), wish.servers));
  std::vector<s4u::Host*> chosen;
  for (const std::size_t host : choice.hosts) {
    chosen.push_back(hosts[host]);
    platform.servers.push_back(names[host]);
    platform.speeds.push_back(hosts[host]->get_speed());
    platform.cores.push_back(static_cast<std::uint32_t>(hosts[host]->get_core_count()));
  }
  return chosen;
}

Platform load_here(const std::string& text, const PlatformWish& wish) {
  s4u::Engine& engine = fresh_simgrid_engine();
  const std::string name = name_of_text(text);
  forbid_other_files();
  engine.load_platform(name);
  engine.get_netzone_root()->seal();  // Engine::seal_platform works once in a process
  Platform platform;
  const std::vector<s4u::Host*> hosts = chosen_hosts(engine, wish, platform);
  RouteCollector routes(platform);
  for (const s4u::Host* from : hosts) {
    for (const s4u::Host* to : hosts) {
      routes.add(*from, *to);
    }
  }
  return platform;
}

}  // namespace

Platform load_platform(const std::string& text, const PlatformWish& wish) {
  // Some ten times what sensible platforms take: a pair of servers costs about 4 us and 100 bytes.
  const std::uint64_t million_pairs = std::uint64_t{wish.servers} * wish.servers / 1'000'000;
  const ChildLimits limits{Bytes((2 + million_pairs) << 30),
                           60'000_ms + 40'000_ms * static_cast<std::int64_t>(million_pairs)};
  return in_child<Platform>(limits, [&] { return load_here(text, wish); });
}

}  // namespace dsmsim
