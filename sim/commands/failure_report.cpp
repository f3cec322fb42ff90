#include "sim/commands/failure_report.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "sim/base/atomic_file.hpp"
#include "sim/check/schedule.hpp"

namespace dsmsim {

void report_failure(const FailingScenario& failing, const Specimen& specimen,
                    const std::string& protocol, const std::vector<std::string>& settings,
                    const std::string& save) {
  const auto& [scenario, failure] = failing;
  std::printf(
      "%s",
      fmt::format("failed: {}\nthe smallest scenario:\n{}the shortest schedule, {} steps:\n{}",
                  failure.what, to_text(scenario), failure.schedule.size(),
                  play(scenario, specimen, failure.schedule).trace)
          .c_str());
  if (!save.empty()) {
    const std::string about = failure.what.substr(0, failure.what.find('\n'));
    write_file(save, to_text(ScheduleFile{about, protocol, settings, failure.code, scenario,
                                          failure.schedule}));
  }
}

}  // namespace dsmsim
