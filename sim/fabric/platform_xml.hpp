#pragma once
// Networks from SimGrid platform files (XML), taken as SimGrid understands them: it parses the
// file, builds its zones and answers for the route of every pair of servers. Every link of SimGrid,
// or direction of a split-duplex one, becomes a Link with its bandwidth and latency, shared or not
// as SimGrid says. A host whose routes begin (end) with links that are not its own, or with a fat
// pipe, which no NIC is, gets one more, of no latency and unlimited rate, that stands for its NIC.
// There are no alternative routes. Latency correction factors of SimGrid's TCP models are not
// applied.
//
// Servers are the hosts that `hosts` names, in that order; all hosts in the order of their names
// when it is left out (numbers in names by value: node-2 before node-10); the first so many as the
// cluster has servers. Only these, and the links between them, are held against what follows.
//
// What of a platform is not a network: <config> may only have settings of SimGrid's models, which
// have no effect; profiles (bandwidth_file, latency_file, state_file, speed_file, <trace_connect>)
// are refused, as what breaks and when belongs to the experiment's "faults"; properties and disks
// have no effect. Servers are all alike, so hosts of different speed or cores are refused, and so
// are cores, where the file says more than 1, that differ from cluster.server.cores, unless
// `ignore_cpus`. A speed itself (flop/s) has no effect: the costs of this simulator are times.
//
// SimGrid loads a copy of the file with nothing but the network (platform_text.hpp) in a child
// process: a process has one platform for life, and SimGrid aborts on some mistakes and makes as
// many hosts as a file asks for, until the child's limits (60 s, 2 GiB, more for thousands of
// servers). While it does, the child can open no other file. The child answers for all pairs of the
// servers wanted at once (about 4 us a pair for a fat tree), so a file should not be used for many
// thousands of servers.

#include <string>
#include <vector>

#include "sim/base/config/fields.hpp"
#include "sim/fabric/topology.hpp"

namespace dsmsim {

struct PlatformFile {
  config::File file;
  std::vector<std::string> hosts = {};  ///< which are servers: platform_hosts.hpp
  bool ignore_cpus = false;             ///< of hosts: servers are as the cluster says
  config::Sources sources = {};
};

void describe(config::Fields& fields, PlatformFile& platform);

/// The first `servers` hosts of those that are chosen. Throws InputErrors that begin with the path
/// and, where it is known, the line: file missing or malformed, hosts that are not there, too few
/// hosts, hosts that are not alike, no route between them, no bandwidth or less than 1 kB/s,
/// latency that is negative or above a second, latency that belongs to no link (Vivaldi zones),
/// wireless links, profiles, settings that are none of a model.
Topology import_platform(const PlatformFile& wish, std::size_t servers);

}  // namespace dsmsim
