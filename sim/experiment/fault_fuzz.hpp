#pragma once
// Looks for runs that faults bring to an end which docs/faults.md does not allow: random programs
// under one protocol, each without faults first and then with random plans (fault_case.hpp), all
// with the checker on and each in a child process. Makes what it finds small. For fuzz --faults.

#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/error.hpp"
#include "sim/experiment/fault_case.hpp"

namespace dsmsim {

/// How one run has ended.
struct Trial {
  bool fits = false;  ///< false: refused before it began; the rest says nothing
  ExitCode code = ExitCode::ok;
  std::string what;  ///< the error, or what is wrong in a result; "" of a result
  WholeRun whole;    ///< with exit code 0
  std::uint64_t lost_threads = 0;
};

/// Carries out the experiment. A signal, too much memory and too much real time are internal
/// errors.
Trial try_experiment(const nlohmann::ordered_json& experiment,
                     const std::vector<std::string>& search_path);

struct FaultFinding {
  nlohmann::ordered_json experiment;
  ExitCode code;  ///< of the run
  std::string what;
};

/// What is not as it must be, if anything: a run with faults ends with 0 or 6, one without with 0.
/// Who has lost no thread has done all operations of `whole`, the run without faults; exit code 6
/// asks for a crash, or a cable that was down for longer than senders wait.
std::optional<FaultFinding> judge(const nlohmann::ordered_json& experiment, const Trial& trial,
                                  const WholeRun& whole);

/// Removes what can be removed, one thing after another, as long as the run still ends in the same
/// wrong way: faults and what they say beyond the necessary, options, servers, most of the program.
FaultFinding shrink(FaultFinding finding, const std::vector<std::string>& search_path);

struct FaultTotals {
  std::uint64_t programs = 0;
  std::uint64_t misfits = 0;  ///< programs and plans that were refused
  std::uint64_t survived = 0;
  std::uint64_t lost = 0;
};

/// One random program, the `number`-th of the seed, and some plans; the first finding, as small as
/// it gets. Asks between runs whether to stop (sim/base/stop.hpp).
std::optional<FaultFinding> try_program(std::uint64_t seed, std::uint64_t number,
                                        const CaseProtocol& protocol,
                                        const std::vector<std::string>& search_path,
                                        FaultTotals& totals);

}  // namespace dsmsim
