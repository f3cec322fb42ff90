#pragma once
// Networks from SimGrid platform files (XML), taken as SimGrid understands them: it parses the
// file, builds its zones and answers for the route of every pair of hosts. Hosts become servers in
// the order of their names (numbers in names by value: node-2 before node-10); every link of
// SimGrid, or direction of a split-duplex one, becomes a Link with its bandwidth and latency,
// shared or not as SimGrid says. A host whose routes begin (end) with links that are not its own,
// or with a fat pipe, which no NIC is, gets one more, of no latency and unlimited rate, that stands
// for its NIC. There are no alternative routes. Latency correction factors of SimGrid's TCP models
// are not applied, and <config> elements that choose models have no effect.
//
// SimGrid loads the file in a child process: a process has one platform for life, and SimGrid
// aborts on some mistakes and makes as many hosts as a file asks for, until the child's limits (60
// s, 2 GiB, more for thousands of servers). The child answers for all pairs of the servers wanted
// at once (about 4 us a pair for a fat tree), so a file should not be used for many thousands of
// servers.

#include <string>

#include "sim/base/config/fields.hpp"
#include "sim/fabric/topology.hpp"

namespace dsmsim {

struct PlatformFile {
  config::File file;
  config::Sources sources = {};
};

void describe(config::Fields& fields, PlatformFile& platform);

/// The first `servers` hosts of the platform in `path`. Throws InputErrors that begin with the path
/// and, where SimGrid knows it, the line: file missing or malformed, too few hosts, hosts with no
/// route between them, no bandwidth or less than 1 kB/s, latency that is negative or above a
/// second, latency that belongs to no link (Vivaldi zones), wireless links.
Topology import_platform(const std::string& path, std::size_t servers);

}  // namespace dsmsim
