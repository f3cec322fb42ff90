#pragma once
// GAM on a few servers, driven by puppets. Software costs nothing unless a test says otherwise, so
// that latencies are sums of message latencies.

#include "protocols/gam/engine.hpp"
#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {

using namespace literals;

/// With the weak spots that its authors knew.
GamOptions released_gam();
/// A cache of so many lines, in one list.
GamOptions cache_of(std::uint64_t lines);
/// Some times for everything that software does, different from each other.
GamCosts some_costs();

class GamBed {
 public:
  explicit GamBed(std::size_t servers, GamOptions options = {}, DutOptions cluster = {});

  /// The thread that stands for a server in most tests.
  Puppet& at(std::uint32_t server) { return *threads_[server]; }
  /// A block of its own in the memory of `home`.
  ObjectId block(std::uint32_t home) { return at(home).allocate(512_B, NodeId(home)); }
  /// The messages since the last call.
  Messages sent() { return dut.sent(); }

  GamEngine& engine() { return dut.engine<GamEngine>(); }
  const gam::DirectoryEntry* entry(ObjectId object);
  gam::DirectoryState state(ObjectId object);
  const gam::Line* line(std::uint32_t server, ObjectId object);
  std::uint64_t home_version(ObjectId object);
  const gam::Counters& counters(std::uint32_t server);

  Dut dut;

 private:
  std::vector<Puppet*> threads_;
};

/// A thread that does each operation no earlier than at its time, counted from when it was started.
class Script {
 public:
  struct Line {
    Duration at;
    Op op;
  };
  struct Done {
    Time begin;
    Time end;
    std::uint64_t result;
  };
  /// Starts now; Dut::run() makes it happen. The script must outlive that.
  Script(GamBed& bed, std::uint32_t server, std::vector<Line> lines);
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  bool finished() const { return done_.size() == lines_.size(); }
  const Done& operator[](std::size_t line) const { return done_.at(line); }

 private:
  Task<> play(Thread& thread);
  std::vector<Line> lines_;
  std::vector<Done> done_;
};

// Operations on all bytes of an object of one block, or on eight of them.
Op whole(OpKind kind, ObjectId object);
Op part(OpKind kind, ObjectId object, Bytes offset);

// Messages of 512-byte blocks, in the order in which README.md lists them.
Message send_message(const char* type, std::uint32_t from, std::uint32_t to, Bytes bytes);
Message data_message(const char* type, std::uint32_t from, std::uint32_t to);
Message ack_message(const char* type, std::uint32_t from, std::uint32_t to);

}  // namespace dsmsim::testing
