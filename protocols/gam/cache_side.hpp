#pragma once
// One server as a user of other homes' blocks: its cache. requester.cpp asks the homes, sharer.cpp
// does what they order, eviction.cpp makes room.
//
// Owns the cache and the blocks on their way to new owners; knows neither directory nor memory.

#include "protocols/gam/cache.hpp"
#include "protocols/gam/side.hpp"

namespace dsmsim::gam {

class CacheSide : private Side {
 public:
  CacheSide(const Tools& tools, std::uint64_t limit);

  // requester.cpp: for the server's own threads, as Node has it
  bool answers(const Access& access) const;
  Outcome attempt(const Access& access, Step& step);
  Outcome start(const Access& access, Step& step);
  bool holds_lock(GlobalAddress block, std::uint32_t offset) const;
  void unlock(GlobalAddress block, std::uint32_t offset) {
    cache_.find(block)->locks.release(offset);
  }
  void on_data(Transaction& transaction, Step& step);
  void on_home_agreed(Transaction& transaction, Step& step);
  void on_reply(Transaction& transaction, const Request& request, Step& step);
  /// What contents do that are written straight to a line.
  Effect landing(BufferId buffer, std::uint64_t version, Cause cause);

  // sharer.cpp: for homes
  void on_order(const Request& request, Step& step);

  // eviction.cpp
  /// After a step that took lines: if it could not make room for all, the timer will.
  void arm_timer(const Step& step);
  /// Without caching a line goes when it has served who waited for it.
  void forget(GlobalAddress block, Step& step);
  void on_written_back(Transaction& transaction, Step& step);
  void on_shipped(Shipped shipped, Step& step);

  const Cache& cache() const { return cache_; }
  const Shipments& shipments() const { return shipments_; }
  void reset_peak() { cache_.reset_peak(); }
  void fingerprint(Fingerprint& into) const;

 private:
  bool answers(const Access& access, const Line& line) const;
  Outcome read_line(const Access& access, Line& line);
  Outcome write_line(const Access& access, Line& line);
  void miss(const Access& access, Step& step);
  void send_for(const Access& access, Line& line, MessageKind kind, Step& step);
  void end_handover(Transaction& transaction, Step& step);
  void end_read(Transaction& transaction, Step& step);
  void end_write(Transaction& transaction, Step& step);
  void undo(Transaction& transaction, Step& step);

  void obey(const Request& request, Line& line, Step& step);
  void invalidate_upgrade(const Request& request, Line& line, Step& step);
  void give(const Request& request, Line& line, bool signalled, Step& step);
  void ship(NodeId to, const Message& message, Line& line, Cause cause, Tally* tally, Step& step);
  void acknowledge(const Request& request, Step& step);
  Task<> drop_late(Line& line);

  Line* victim_for_new(const Step& step);
  void evict(Line& line, Step& step);
  void arm_timer();
  static void on_timer(void* argument);

  Cache cache_;
  Shipments shipments_;
  bool timer_armed_ = false;
};

}  // namespace dsmsim::gam
