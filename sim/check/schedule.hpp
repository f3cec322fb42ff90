#pragma once
// Schedules as files: an engine with its options, a scenario, and what happened in which order.
// The explorer writes one for what it has found; `dsmsim run --schedule` plays it again.
//
//   {
//     "schema": "dsmsim-schedule-1",
//     "about": "server 1 reads its copy after server 2 has been granted the block",
//     "protocol": "gam",
//     "settings": ["cache=512B"],
//     "ends": "incoherent",
//     "scenario": ["name SB", "object x on 0", ...],
//     "choices": ["thread 0", "arrive 0 1", "complete 0 1", "timer 0"]
//   }

#include <string>
#include <vector>

#include "sim/check/explorer.hpp"

namespace dsmsim {

/// "thread 0": it goes on; "arrive 0 1", "complete 0 1": the first message from server 0 to server
/// 1 does; "timer 0"; "crash 0": server 0 does; "tell 0": the failure detector does, of server 0.
std::string to_text(const Choice& choice);
/// The same read. Throws Error.
Choice parse_choice(const std::string& text);

struct ScheduleFile {
  std::string about;
  std::string protocol;
  std::vector<std::string> settings;
  ExitCode ends = ExitCode::ok;
  Scenario scenario;
  Schedule choices;
};

std::string to_text(const ScheduleFile& file);
/// Throws InputErrors, or Error, with the place.
ScheduleFile read_schedule(const std::string& path);

/// Throws Error if the step of the schedule, counted from 0, is not possible where the execution
/// stands.
void check_possible(const Execution& execution, const Schedule& schedule, std::size_t step);

/// What a schedule does: a line a step, with the messages that it sends; then what it ends with.
struct Playback {
  std::string trace;
  ExitCode ends = ExitCode::ok;
  std::string what;  ///< the complaint, or the outcome, and known defects that were met
};
/// Throws Error if the schedule has a choice that is not possible where it stands.
Playback play(const Scenario& scenario, const Specimen& specimen, const Schedule& schedule);

}  // namespace dsmsim
