#include "sim/commands/carry_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "sim/base/atomic_file.hpp"
#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim {

ComparisonResult carry_out(const Plan& plan, const std::string& folder, std::size_t processes,
                           ProgressLine& line, const std::string& prefix) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  ComparisonResult result =
      compare(plan, folder, processes == 0 ? cores : processes, [&](std::size_t done) {
        stop_if_asked();
        line.show([&] { return prefix + progress_text(done, plan.runs.size(), line.seconds()); });
      });
  line.clear();
  stop_if_asked();
  for (const RunRecord& run : result.runs) {
    if (run.status == RunRecord::Status::failed) {
      const std::string failed = fmt::format("{}{} failed with exit code {}: {}\n", prefix,
                                             run.name, run.exit_code, run.message);
      std::fputs(failed.c_str(), stderr);
    }
  }
  return result;
}

void keep_input(const std::string& file, const std::string& what, const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path input = fs::weakly_canonical(file, ignored);
  const fs::path results = fs::weakly_canonical(folder, ignored);
  if (is_within(input, results) && fs::exists(input, ignored)) {
    throw Error(folder + ": holds the " + what + " " + file + ", so it is not replaced");
  }
}

}  // namespace dsmsim
