#include "protocols/grappa/options.hpp"

#include <algorithm>
#include <bit>

namespace dsmsim {

void describe(config::Fields& f, GrappaCosts& c) {
  f.required("call", c.call, "delegate at the caller's own core, without the memory access");
  f.required("enqueue", c.enqueue, "make a message and put it on its list");
  f.required("serialize", c.serialize, "copy a message into a packet");
  f.required("deserialize", c.deserialize, "take a message out of a packet and call it");
  f.required("cross_core", c.cross_core,
             "a message is handed over from one core of a server to another: lines of its caches");
  f.required("context_switch", c.context_switch, "from one task of a core to another");
  f.required("mpi", c.mpi, "hand a packet to MPI, or take one from it");
  f.required("allocate", c.allocate, "allocation or release by core 0");
  f.optional("poll", c.poll, "a poll that finds nothing takes less than this, each its own time");
  f.optional("card", c.card,
             "from one packet to the next that a server's card sends: its rate for small ones");
}

void describe(config::Fields& f, GrappaOptions& o) {
  constexpr std::uint64_t kMostTicks = 1'000'000'000'000;  // minutes: whoever waits longer is stuck
  f.optional("block", o.block, "bytes that have one home; a power of two",
             config::range(Bytes(8), Bytes(4096)));
  f.optional("processes_per_server", o.processes_per_server,
             "cores that run Grappa; zero: all of the server", config::range(0, 1024));
  f.optional("workers", o.workers, "tasks that may be active on a core",
             config::range(1, 1'000'000));
  f.optional("heap", o.heap, "share of a server's memory that is global heap",
             config::range(0.001, 1.0));
  f.optional("align_objects", o.align_objects, "each object begins a block of its own");
  f.optional("poll_ticks", o.poll_ticks,
             "from one poll of a core to the next; zero: 28000 + 281 * cores of the cluster",
             config::range(std::uint64_t{0}, kMostTicks));
  f.optional("autoflush_ticks", o.autoflush_ticks,
             "lists are sent at the first poll that is later than this since the last time",
             config::range(std::uint64_t{0}, kMostTicks));
  f.optional("aggregation", o.aggregation, "false: every message is sent alone");
  f.optional("flush", o.flush, "when lists of messages are sent");
  f.optional("flush_size", o.flush_size, "of timeout_size: bytes that wait for one server",
             config::positive());
  f.optional("packet", o.packet, "a packet is at most so large",
             config::range(Bytes(256), Bytes(16 << 20)));
  f.optional("writes", o.writes, "what a task does that writes");
  f.optional("completion", o.completion, "which asynchronous writes a fence waits for");
  f.nested("costs", o.costs, "CPU times of the runtime");
  f.sources(o.sources);
  f.check(std::has_single_bit(o.block.count()), "block", "must be a power of two");
}

GrappaOptions timeless(GrappaOptions options) {
  options.costs = {};
  options.sources = {};
  options.align_objects = true;
  options.block = std::max(options.block, Bytes(512));
  options.processes_per_server = std::max(options.processes_per_server, 1U);
  return options;
}

}  // namespace dsmsim
