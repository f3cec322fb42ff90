#pragma once
// What a runtime has seen and decided, with its reasons: `events.jsonl` of a result
// (docs/metrics.md).
//
// For what happens now and then: samples of the servers, threads that move, memory that runs short.

#include <string>
#include <utility>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

struct LogEntry {
  Time at;
  std::string event;        ///< what kind: "sample", "migrate"
  NodeId server = {};       ///< that it is about; invalid: none
  std::string reason = {};  ///< why, for people
  /// Names end with their unit ("memory_bytes"), as those of metrics do.
  std::vector<std::pair<std::string, double>> numbers = {};
};

class EventLog {
 public:
  void add(LogEntry entry) { entries_.push_back(std::move(entry)); }
  void clear() { entries_.clear(); }
  const std::vector<LogEntry>& entries() const { return entries_; }

 private:
  std::vector<LogEntry> entries_;
};

}  // namespace dsmsim
