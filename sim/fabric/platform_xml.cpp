#include "sim/fabric/platform_xml.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <simgrid/s4u.hpp>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/fabric/in_child.hpp"
#include "sim/fabric/simgrid_engine.hpp"

namespace dsmsim {
namespace {

namespace s4u = simgrid::s4u;

struct ImportedLink {
  std::string name;
  double bytes_per_second = 0;
  double latency = 0;  ///< seconds
  s4u::Link::SharingPolicy policy = s4u::Link::SharingPolicy::SHARED;
};

/// What the child found: the network of the servers wanted, and which of its pairs are not right.
struct Imported {
  std::uint64_t hosts = 0;  ///< in the file
  std::vector<std::string> servers;
  std::vector<ImportedLink> links;
  std::vector<std::uint32_t> route_ends;   ///< by from * servers + to
  std::vector<std::uint32_t> route_links;  ///< all routes, one behind the other
  std::vector<std::string> complaints;
};

template <class Archive>
void transfer(Archive& archive, ImportedLink& link) {
  archive(link.name, link.bytes_per_second, link.latency, link.policy);
}

template <class Archive>
void transfer(Archive& archive, Imported& imported) {
  archive(imported.hosts, imported.servers, imported.links, imported.route_ends,
          imported.route_links, imported.complaints);
}

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

/// Asks SimGrid for the routes; in the child.
class RouteCollector {
 public:
  explicit RouteCollector(Imported& into) : into_(into) {}

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
          {link.get_name(), link.get_bandwidth(), link.get_latency(), link.get_sharing_policy()});
    }
    return entry->second;
  }

  void check(const s4u::Host& from, const s4u::Host& to, const std::vector<s4u::Link*>& links,
             double latency) {
    double sum = 0;
    for (const s4u::Link* link : links) {
      sum += link->get_latency();
    }
    const std::string pair = "from \"" + from.get_name() + "\" to \"" + to.get_name() + "\"";
    if (links.empty()) {
      complain("there is no route " + pair);
    } else if (std::abs(sum - latency) > 1e-12) {
      complain("the route " + pair + " has latency that belongs to none of its links");
    }
  }

  /// One pair of each kind is enough.
  void complain(const std::string& what) {
    if (into_.complaints.empty()) {
      into_.complaints.push_back(what);
    }
  }

  Imported& into_;
  std::map<const s4u::Link*, std::uint32_t> indices_;
};

Imported load(const std::string& path, std::size_t servers) {
  s4u::Engine& engine = fresh_simgrid_engine();
  engine.load_platform(path);
  engine.get_netzone_root()->seal();  // Engine::seal_platform works once in a process
  std::vector<s4u::Host*> hosts = engine.get_all_hosts();
  std::ranges::sort(hosts, [](const s4u::Host* a, const s4u::Host* b) {
    return name_less(a->get_name(), b->get_name());
  });
  Imported imported;
  imported.hosts = hosts.size();
  hosts.resize(std::min(hosts.size(), servers));
  RouteCollector routes(imported);
  for (const s4u::Host* from : hosts) {
    imported.servers.push_back(from->get_name());
    for (const s4u::Host* to : hosts) {
      routes.add(*from, *to);
    }
  }
  return imported;
}

class ImportedRoutes : public Routing {
 public:
  ImportedRoutes(std::size_t servers, std::vector<std::uint32_t> ends,
                 std::vector<std::uint32_t> links)
      : servers_(servers), ends_(std::move(ends)), links_(std::move(links)) {}

  Route route(NodeId from, NodeId to, std::uint64_t) override {
    const std::size_t pair = from.index() * servers_ + to.index();
    Route route;
    for (std::uint32_t i = pair == 0 ? 0 : ends_[pair - 1]; i < ends_[pair]; ++i) {
      route.emplace_back(links_[i]);
    }
    return route;
  }

 private:
  std::size_t servers_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint32_t> links_;
};

std::vector<std::string> mistakes(const Imported& imported, std::size_t servers) {
  std::vector<std::string> result = imported.complaints;
  if (servers == 0 || imported.hosts < servers) {
    result.push_back("holds " + std::to_string(imported.hosts) + " hosts, " +
                     std::to_string(servers) + " servers are wanted");
  }
  for (const ImportedLink& link : imported.links) {
    const std::string name = "link \"" + link.name + "\" ";
    if (link.policy == s4u::Link::SharingPolicy::WIFI) {
      result.push_back(name + "is wireless, which is not supported");
    } else if (!(link.bytes_per_second > 0)) {
      result.push_back(name + "has no bandwidth");
    }
    if (link.latency < 0) {
      result.push_back(name + "has a negative latency");
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

}  // namespace

void describe(config::Fields& f, PlatformFile& p) {
  f.file("file", p.file, "topologies", "a SimGrid platform file (XML)");
  f.sources(p.sources);
}

Topology import_platform(const std::string& path, std::size_t servers) {
  if (!std::ifstream(path)) {
    throw InputErrors({path + "  cannot be read"});
  }
  Imported imported;
  try {
    imported = in_child<Imported>([&] { return load(path, servers); });
  } catch (const ChildFailure& failure) {
    throw InputErrors({located(path, failure.what())});
  }
  std::vector<std::string> errors = mistakes(imported, servers);
  if (!errors.empty()) {
    for (std::string& error : errors) {
      error.insert(0, path + "  ");
    }
    throw InputErrors(std::move(errors));
  }
  std::vector<Link> links;
  links.reserve(imported.links.size());
  for (const ImportedLink& link : imported.links) {
    links.push_back({{},
                     {},
                     Rate::bits_per_second(link.bytes_per_second * 8),
                     from_seconds(link.latency),
                     link.policy != s4u::Link::SharingPolicy::FATPIPE});
  }
  auto routing = std::make_unique<ImportedRoutes>(servers, std::move(imported.route_ends),
                                                  std::move(imported.route_links));
  return {std::move(imported.servers), std::move(links), std::move(routing)};
}

}  // namespace dsmsim
