#pragma once
// The cache of one server: lines for blocks whose home is elsewhere (section 4.2 of Cai et al.;
// gam/include/cache.h, gam/src/cache.cc:660-790).
//
// Fully associative, a hash table of blocks and ten LRU lists: a hit moves its line to the front of
// a list drawn at random, under the locks of both lists; eviction looks at the last line of a list
// drawn at random and gives up if that one cannot go. The limit is soft: a miss takes its line
// first and then tries to make room. Lines in a transient state are in no list.

#include <boost/intrusive/list.hpp>

#include "protocols/gam/addresses.hpp"
#include "protocols/gam/lock_table.hpp"
#include "sim/base/random.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/dsm/kit/slots.hpp"
#include "sim/fabric/traffic.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::gam {

enum class LineState : std::uint8_t {
  shared,
  dirty,
  to_shared,   ///< waits for the data of a read
  to_dirty,    ///< waits for the grant of a write
  to_invalid,  ///< dying: written back or shipped to a new owner, still holds the data
};

using LruHook =
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct Line {
  LruHook hook;  ///< in one of the lists, unless transient
  GlobalAddress block;
  std::uint64_t version = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint32_t transaction = 0;  ///< in progress, in to_shared or to_dirty
  LineState state = LineState::shared;
  bool early = false;     ///< to_dirty: a write that is not granted yet stands in it
  bool lost = false;      ///< to_dirty: its shared copy was invalidated meanwhile
  CachedData data;        ///< for amplification
  std::uint8_t list = 0;  ///< the last that it was in
  LockTable locks;

  BufferId buffer() const { return {slot, generation}; }
  bool is_linked() const { return hook.is_linked(); }
  void unlink() { hook.unlink(); }
};

class Cache {
 public:
  /// `limit` in lines.
  Cache(std::uint64_t limit, std::uint32_t lists, RandomStream random)
      : limit_(limit), lists_(lists), list_locks_(lists), random_(random) {}

  Line* find(GlobalAddress block) {
    const auto found = lines_.find(block);
    return found == lines_.end() ? nullptr : found->second;
  }
  const Line* find(GlobalAddress block) const {
    const auto found = lines_.find(block);
    return found == lines_.end() ? nullptr : found->second;
  }
  Line& buffer(BufferId buffer) { return pool_[buffer.slot]; }

  /// A line for a block that has none, in no list.
  Line& make(GlobalAddress block, LineState state);
  /// Frees a line, which must not be locked.
  void drop(Line& line);

  /// Puts the line at the front of a random list, wherever it was. Whoever comes at `now` takes the
  /// lock of its list and then that of the other, and holds each for so long; returns how long he
  /// spins for them.
  Duration touch(Line& line, Time now, Duration hold) {
    Time held = now;
    Duration spins;
    if (line.is_linked()) {
      line.unlink();
      held = list_locks_[line.list].reserve_in_turn(now, hold) + hold;
      spins = held - hold - now;
    }
    line.list = static_cast<std::uint8_t>(random_.below(lists_.size()));
    lists_[line.list].push_front(line);
    return spins + (list_locks_[line.list].reserve_in_turn(held, hold) - held);
  }
  /// The last line of a random list, if it may go: neither locked nor in a transient state.
  Line* victim();

  std::uint64_t size() const { return lines_.size(); }
  std::uint64_t peak() const { return peak_; }
  std::uint64_t limit() const { return limit_; }
  /// Lines beyond the limit; those on their way out do not count.
  std::uint64_t excess() const {
    const std::uint64_t allowed = limit_ + leaving_;
    return lines_.size() > allowed ? lines_.size() - allowed : 0;
  }
  std::uint64_t leaving() const { return leaving_; }
  void begin_leaving() { ++leaving_; }
  void end_leaving() { --leaving_; }
  void reset_peak() { peak_ = lines_.size(); }

  /// Adds the order of the lists, and which will be drawn next if there are several.
  void fingerprint(Fingerprint& into) const;
  /// In no particular but a reproducible order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [block, line] : lines_) {
      visit(*line);
    }
  }

 private:
  /// Circular, so that a hit meets no branch that depends on where in a list its line was.
  using LruList = boost::intrusive::list<Line, boost::intrusive::constant_time_size<false>,
                                         boost::intrusive::member_hook<Line, LruHook, &Line::hook>>;

  std::uint64_t limit_;
  std::uint64_t leaving_ = 0;  // `to_evicted` in the code
  std::uint64_t peak_ = 0;
  Slots<Line, 16> pool_;
  BlockMap<Line> lines_;
  std::vector<LruList> lists_;
  std::vector<FifoServer> list_locks_;
  RandomStream random_;
};

}  // namespace dsmsim::gam
