#pragma once
// What can be chosen about the Grappa engine: layout, aggregation, and what its software costs.
//
// The defaults are the released system (uwsampa/grappa at 69f2f367). Times given in ticks are
// turned into time by the server's clock_ghz. Network costs are the NIC profile's;
// configs/protocols/grappa.json says where each number comes from.

#include <cstdint>

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// CPU times of one core.
struct GrappaCosts {
  Duration call;         ///< a delegate whose home is the caller's core, without touching memory
  Duration enqueue;      ///< a message is made and put on its list
  Duration serialize;    ///< a message is copied into a packet
  Duration deserialize;  ///< a message is taken out and called
  Duration cross_core;   ///< a message goes from one core to another of its server: their caches
  Duration context_switch;
  Duration mpi;       ///< a packet is handed to MPI, or taken from it
  Duration allocate;  ///< the buddy allocator, at core 0
  Duration poll;      ///< a poll that finds nothing takes less than this
  Duration card;      ///< from one packet to the next that a server's card sends
};

enum class GrappaFlush { timeout, timeout_size };
constexpr auto config_values(GrappaFlush) {
  using enum GrappaFlush;
  return std::to_array<config::Value<GrappaFlush>>({
      {timeout, "timeout", "as released: when their time has come, and only then"},
      {timeout_size, "timeout_size", "as in the paper: also when enough is waiting"},
  });
}
enum class GrappaWrites { blocking, asynchronous };
constexpr auto config_values(GrappaWrites) {
  using enum GrappaWrites;
  return std::to_array<config::Value<GrappaWrites>>({
      {blocking, "blocking", "it waits for the answer"},
      {asynchronous, "asynchronous", "it goes on, until a fence"},
  });
}
/// What a task waits for that waits for its asynchronous writes.
enum class GrappaCompletion { task, global };
constexpr auto config_values(GrappaCompletion) {
  using enum GrappaCompletion;
  return std::to_array<config::Value<GrappaCompletion>>({
      {task, "task", "those of its task"},
      {global, "global", "as released: those of all tasks of all cores"},
  });
}

struct GrappaOptions {
  Bytes block = Bytes(64);
  std::uint32_t processes_per_server = 0;  ///< cores that run Grappa; zero: all of the server
  std::uint32_t workers = 512;             ///< tasks that may be active on a core
  double heap = 1;                         ///< share of a server's memory that is global heap
  bool align_objects = false;              ///< each object begins a block
  std::uint64_t poll_ticks = 0;            ///< zero: 28000 + 281 * cores
  std::uint64_t autoflush_ticks = 50'000;
  bool aggregation = true;
  GrappaFlush flush = GrappaFlush::timeout;
  Bytes flush_size = Bytes(64 << 10);  ///< for timeout_size: bytes waiting for one server
  Bytes packet = Bytes(512 << 10);     ///< at most so large
  GrappaWrites writes = GrappaWrites::blocking;
  GrappaCompletion completion = GrappaCompletion::task;
  GrappaCosts costs;
  config::Sources sources;
};

void describe(config::Fields& fields, GrappaCosts& costs);
void describe(config::Fields& fields, GrappaOptions& options);
/// The same protocol by software that takes no time. One process a server unless more are asked
/// for, and a block for every object, of up to 512 bytes: few small objects have homes on different
/// servers, and an operation is one delegate. (With eight blocks an object, two asynchronous writes
/// have a million orders.)
GrappaOptions timeless(GrappaOptions options);

}  // namespace dsmsim
