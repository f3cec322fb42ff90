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

/// Which hosts are wanted.
struct PlatformWish {
  std::vector<std::string> hosts;  ///< platform_hosts.hpp
  std::size_t servers = 0;         ///< the first so many of them
};

/// The part of a platform that concerns the hosts which are wanted.
struct Platform {
  std::uint64_t hosts = 0;                 ///< of the file, that were to choose from
  std::vector<std::string> servers;        ///< names of the hosts chosen
  std::vector<double> speeds;              ///< of each, flop/s
  std::vector<std::uint32_t> cores;        ///< of each; 1 also if the file says nothing
  std::vector<PlatformLink> links;         ///< in the order in which routes first cross them
  std::vector<std::uint32_t> route_ends;   ///< by from * servers + to, into route_links
  std::vector<std::uint32_t> route_links;  ///< all routes, one behind the other
  std::string complaint;                   ///< about the first host or route that is not there
};

/// Loads the text of a platform (platform_text.hpp) in a child process that can open no other file.
/// Throws ChildFailure (in_child.hpp) with SimGrid's complaint, of a file called
/// "/proc/self/fd/NUMBER".
Platform load_platform(const std::string& text, const PlatformWish& wish);

}  // namespace dsmsim
