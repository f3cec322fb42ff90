#pragma once
// perftest for the simulated NIC: latency, bandwidth and message rate of one verb between two
// servers, measured as linux-rdma/perftest does, so that its published logs can be compared line by
// line. READ and atomics: latency is the round trip; WRITE and SEND: half of a ping-pong, from the
// post to the moment at which the peer's CPU sees the message (perftest_parameters.c, rtt_factor).

#include <string>
#include <vector>

#include "sim/base/config.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/fabric/topology_config.hpp"

namespace dsmsim {

struct PerftestSetup {
  NicProfile nic;
  config::Tagged topology;
  FabricOptions fabric;
  std::uint32_t queue_pairs = 1;
  std::uint32_t outstanding = 128;  ///< requests in flight per queue pair (perftest's tx-depth)
};
void describe(config::Fields& fields, PerftestSetup& setup);

struct PerftestRow {
  Bytes size;
  Duration latency;                ///< one request at a time
  double messages_per_second = 0;  ///< with `outstanding` requests on each queue pair
  Rate bandwidth;                  ///< payload at that rate
};

/// Atomics work on 8 bytes whatever the size.
PerftestRow measure_verb(const PerftestSetup& setup, Verb verb, Bytes size);

/// Time in which `senders` servers bring one message each to one other server, all starting
/// together: by WRITE or SEND, or by READs that the one posts.
Duration measure_incast(const PerftestSetup& setup, Verb verb, Bytes size, std::uint32_t senders);

}  // namespace dsmsim
