#pragma once
// The storage server ("sComponent"): one thread that opens a file, reads or writes it, and closes
// it, request after request (managers/storage/handlers.c:29-75, core.c:28). It keeps nothing of
// who asks. Behind it is one device; what has been acknowledged is on it, and outlives a crash.
//
// Logs of memory are appended to the process' file and read back (replica.c:178): it grows by every
// log, and of each page it is the last entry that counts. Files of programs are kept by block. What
// a log, a block of the buffer cache or an answer of this server contains is known from whose it
// is, so messages say only how much.

#include <map>

#include "protocols/legoos/address_space.hpp"
#include "protocols/legoos/file_blocks.hpp"
#include "protocols/legoos/station.hpp"
#include "sim/dsm/contract/counters.hpp"

namespace dsmsim::legoos {

// clang-format off
#define LEGOOS_STORAGE_COUNTERS(COUNTER)                                                  \
  COUNTER(Count, reads, "storage_reads", "requests of memory servers to read from files") \
  COUNTER(Count, writes, "storage_writes", "requests to write to them")                   \
  COUNTER(Bytes, bytes, "storage_bytes", "that these moved")
// clang-format on
DSMSIM_COUNTERS(StorageCounters, LEGOOS_STORAGE_COUNTERS)

class MemoryServer;
using MemoryServers = std::vector<std::unique_ptr<MemoryServer>>;

class Storage : private Service {
 public:
  /// `senders`, by server: what they send is looked up there.
  Storage(Stations& stations, const MemoryServers& senders);

  /// Requests for files of programs, and what they moved.
  const StorageCounters& counters() const { return counters_; }
  void reset_counters() { counters_ = {}; }
  /// Zeros, if nobody has written there.
  FileBlock block(BlockId block) const;
  std::uint64_t entries() const { return entries_; }
  /// The last stored contents of every page.
  const std::map<PageNumber, std::uint64_t>& file() const { return file_; }
  void fingerprint(Fingerprint& into) const;

 private:
  Task<> serve(Worker& worker) override;
  Task<> serve_log(Worker& worker);
  Task<> serve_file(Worker& worker);
  std::uint64_t access_file(const Message& request);

  const System& system_;
  const MemoryServers& senders_;
  std::map<PageNumber, std::uint64_t> file_;
  std::uint64_t entries_ = 0;
  std::map<BlockId, FileBlock> blocks_;
  StorageCounters counters_;
  Station station_;
};

}  // namespace dsmsim::legoos
