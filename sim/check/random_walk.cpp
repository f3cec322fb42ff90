#include "sim/check/random_walk.hpp"

#include <string>

#include "sim/base/stop.hpp"
#include "sim/check/guide.hpp"
#include "sim/check/rewindable.hpp"
#include "sim/check/standstills.hpp"

namespace dsmsim {
namespace {

/// A walk of a few threads and steps that is still under way then will never end.
constexpr std::size_t kLongestWalk = 200'000;

void check_length(const Execution& execution, const Schedule& walked) {
  if (walked.size() >= kLongestWalk) {
    throw Error(ExitCode::deadlock, "livelock: " + std::to_string(walked.size()) +
                                        " steps, and no end\n" +
                                        execution.world().describe_waits());
  }
}

}  // namespace

Walks walk(const Scenario& scenario, const Specimen& specimen, RandomStream& random,
           std::uint64_t walks) {
  Walks result;
  Rewindable execution(scenario, specimen);
  Arena::Snapshot start;
  execution.save(start);
  std::vector<Choice> choices;
  Standstills standstills(scenario);
  while (result.walks < walks) {
    stop_if_asked();
    ++result.walks;
    result.last.clear();
    execution.restore(start);
    Guide guide(random);
    try {
      for (;;) {
        execution->check();
        choices.clear();
        execution->list_choices(choices);
        if (choices.empty()) {
          if (!standstills.is_of_program(*execution)) {
            execution.finish();
          }
          break;
        }
        check_length(*execution, result.last);
        result.last.push_back(guide.choose(choices));
        ++result.steps;
        execution.take(result.last.back());
      }
    } catch (...) {
      result.failure = current_failure(result.last);
      return result;
    }
  }
  return result;
}

}  // namespace dsmsim
