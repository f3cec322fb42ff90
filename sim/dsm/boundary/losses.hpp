#pragma once
// What faults have cost a run (World::losses): told to people when the run ends early, and by the
// table of crashes (sim/check/crash_table.hpp).

#include <string>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

struct Crash {
  NodeId server;
  Time at;
  std::vector<ThreadId> threads;  ///< that had not ended, or were started there later
  std::vector<ObjectId> objects;  ///< Inspection::lost_with, at that moment
  std::vector<FileId> files;      ///< Inspection::files_lost_with
};

/// A request that got an error completion.
struct FailedRequest {
  std::string type;  ///< of its message
  NodeId from;
  NodeId to;
  Time at;
};

struct Losses {
  std::vector<Crash> crashes;
  std::vector<FailedRequest> failed;
};

}  // namespace dsmsim
