#pragma once
// A crash at every step of a scenario, of every server in turn, and what each run comes to.
//
// The scenario is executed once along one schedule. Then, for every step of it and every server,
// the execution is put back to before it, the server crashes, and the run goes on to its end:
// always what is possible first, timers in turn. A state that comes again means that somebody tries
// for ever. So every run ends, with one of a few outcomes, and the checker watches what the
// survivors read.

#include <string>
#include <vector>

#include "sim/check/explorer.hpp"

namespace dsmsim {

enum class CrashEnd : std::uint8_t {
  finished,   ///< the threads of the other servers have finished, and no request has failed
  failed,     ///< a request failed, and the engine does not do without the server
  waits,      ///< nothing is left to happen, and a thread waits: for a failure detector to notice
  tries,      ///< a thread tries again and again: the same
  survived,   ///< requests failed, or the failure detector told, the engine did without the server,
              ///< and the others have finished
  incorrect,  ///< the survivors read what they must not, or the engine broke its promise
};
inline constexpr std::size_t kCrashEnds = kEnumerators<CrashEnd>;
std::string_view to_string(CrashEnd end);

struct CrashRun {
  std::size_t step = 0;   ///< so many were taken before
  std::string next = {};  ///< the step that would have been next; "" after the last one
  NodeId server = {};
  CrashEnd end = CrashEnd::finished;
  std::vector<std::size_t> finished = {};  ///< threads, by their number in the scenario
  std::vector<std::size_t> lost = {};
  std::vector<std::size_t> unfinished = {};
  std::vector<std::string> objects = {};  ///< lost with the server
  std::string what = {};  ///< the request that failed, as "INVALIDATE 0 -> 1"; or the step that a
                          ///< thread waits in, as "2: r0 = x"; or what was incorrect
};

struct CrashTable {
  Schedule schedule;
  std::vector<CrashRun> runs;  ///< by step and server
  std::size_t count(CrashEnd end) const;
};

struct CrashPlan {
  Schedule schedule = {};            ///< empty: the first
  std::vector<NodeId> servers = {};  ///< that crash; empty: each in turn
};

/// Throws Error if the engine cannot be explored, the schedule is not possible, or it fails without
/// a crash before its last step.
CrashTable crash_everywhere(const Scenario& scenario, const Specimen& specimen,
                            const CrashPlan& plan);

}  // namespace dsmsim
