#pragma once
// GAM on a few servers, driven by puppets. Software costs nothing unless a test says otherwise, so
// that latencies are sums of message latencies.

#include "harness.hpp"
#include "protocols/gam/engine.hpp"

namespace dsmsim::testing {

using namespace literals;

/// Everything that is a weak spot of the released code switched off.
GamOptions repaired_gam();
/// Some times for everything that software does, different from each other.
GamCosts some_costs();

class GamBed {
 public:
  explicit GamBed(std::size_t servers, GamOptions options = {}, DutOptions cluster = {});

  /// The thread that stands for a server in most tests.
  Puppet& at(std::uint32_t server) { return *threads_[server]; }
  /// A block of its own in the memory of `home`.
  ObjectId block(std::uint32_t home) { return at(home).allocate(512_B, NodeId(home)); }
  /// The messages since the last call, without the write-ups of what follows in the background.
  Messages sent() { return dut.sent(); }

  GamEngine& engine() { return dut.engine<GamEngine>(); }
  const gam::DirectoryEntry* entry(ObjectId object);
  gam::DirectoryState state(ObjectId object);
  const gam::Line* line(std::uint32_t server, ObjectId object);
  std::uint64_t home_version(ObjectId object);

  Dut dut;

 private:
  std::vector<Puppet*> threads_;
};

/// What an unloaded message takes from its post to its delivery.
Duration one_way(Verb verb, Bytes payload);
/// CPU time to post one message.
inline constexpr Duration kPost = 300_ns;

// Messages of 512-byte blocks, in the order in which README.md lists them.
Message send_message(const char* type, std::uint32_t from, std::uint32_t to, Bytes bytes);
Message data_message(const char* type, std::uint32_t from, std::uint32_t to);
Message ack_message(const char* type, std::uint32_t from, std::uint32_t to);

}  // namespace dsmsim::testing
