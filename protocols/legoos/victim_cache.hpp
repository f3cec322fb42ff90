#pragma once
// The victim cache (managers/processor/pcache/victim.c): lines that were evicted wait in a few
// pages of local memory, and a daemon writes the dirty ones back, one after the other. A fault on
// such a page copies it back. What has been written back goes when the place is needed, the oldest
// first.

#include "protocols/legoos/page_calls.hpp"

namespace dsmsim::legoos {

/// A line of it.
struct Victim {
  enum class State : std::uint8_t { waiting, flushing, flushed };
  paging::PageNumber page;
  std::uint64_t contents;
  State state;
  Cause cause;  ///< for what it is counted when it is written back
};

class VictimCache {
 public:
  VictimCache(const System& system, Station& station, PageCalls& calls, Waits& waits,
              Counters& counters);

  /// Ends when there is a place.
  Task<> make_room(Tally& tally, Core& core);
  /// The page takes a place. A clean one need not be written back.
  void put(PageNumber page, std::uint64_t contents, bool dirty, Cause cause);
  /// The daemon begins, unless it is at it.
  void write_back();

  const std::vector<Victim>& all() const { return victims_; }
  /// The latest, or null if it is not there.
  const Victim* find(PageNumber page) const;
  /// Whether it has yet to be written back.
  bool is_leaving(PageNumber page) const;
  /// Who writes back.
  const Core& daemon() const { return flusher_; }
  void fingerprint(Fingerprint& into) const;

 private:
  bool drop_oldest_flushed();
  std::vector<Victim>::iterator first(Victim::State state);
  Task<> flush();

  const System& system_;
  PageCalls& calls_;
  Waits& waits_;
  Counters& counters_;
  std::vector<Victim> victims_;  ///< the oldest first
  Core flusher_;                 ///< the daemon that writes them back
  bool flushing_ = false;
};

}  // namespace dsmsim::legoos
