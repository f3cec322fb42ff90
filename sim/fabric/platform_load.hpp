#pragma once
// What SimGrid says of a platform file: its side of platform_xml.hpp, which alone uses it.

#include <cstdint>
#include <string>
#include <vector>

namespace dsmsim {

struct PlatformLink {
  enum class Kind : std::uint32_t { shared, fat_pipe, wireless };
  std::string name;
  double bytes_per_second = 0;
  double latency = 0;  ///< seconds
  Kind kind = Kind::shared;
};

/// The part of a platform that concerns its first hosts, in the order of their names.
struct Platform {
  std::uint64_t hosts = 0;  ///< in the file
  std::vector<std::string> servers;
  std::vector<PlatformLink> links;         ///< in the order in which routes first cross them
  std::vector<std::uint32_t> route_ends;   ///< by from * servers + to, into route_links
  std::vector<std::uint32_t> route_links;  ///< all routes, one behind the other
  std::string complaint;                   ///< about the first route that cannot be used
};

/// Loads the file in a child process. Throws ChildFailure (in_child.hpp) with SimGrid's complaint.
Platform load_platform(const std::string& path, std::size_t servers);

}  // namespace dsmsim
