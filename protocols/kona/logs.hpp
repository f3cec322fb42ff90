#pragma once
// The compute node's side of the logs: entries go into the log of a memory node, and all that is
// unsent goes out in one WRITE when it is a batch, or has waited for so long.
//
// Owns the logs (log.hpp), one to each memory node, and their timers.

#include "protocols/kona/log.hpp"
#include "protocols/kona/system.hpp"

namespace dsmsim::kona {

class Logs {
 public:
  Logs(System& system, std::size_t servers);
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  CacheLineLog& to(NodeId node) { return *logs_[node.index() - 1]; }
  const CacheLineLog& to(NodeId node) const { return *logs_[node.index() - 1]; }
  const std::vector<std::unique_ptr<CacheLineLog>>& all() const { return logs_; }

  void append(CacheLineLog& there, LogEntry entry);
  /// All that is waiting goes out in one WRITE, which the node's receiver finds by polling.
  void flush(CacheLineLog& there);
  /// LOG_ACK: the node has applied all before that entry.
  void acknowledge(CacheLineLog& there, std::uint64_t end);
  /// The memory node is gone.
  void lose(NodeId node);

 private:
  struct Timer {
    Logs* logs;
    CacheLineLog* log;
  };
  static void timeout(void* timer);
  void arm(CacheLineLog& there);
  void wake(CacheLineLog& there);

  System& system_;
  std::vector<std::unique_ptr<CacheLineLog>> logs_;  // by memory node
  std::vector<Timer> timers_;                        // by memory node
};

}  // namespace dsmsim::kona
