#include "sim/check/random_walk.hpp"

#include <algorithm>
#include <string>

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

/// Chooses what happens next on one walk.
class Guide {
 public:
  explicit Guide(RandomStream& random)
      : random_(random), ranked_(random.chance(0.5)), ranks_(random.next()) {}

  const Choice& choose(const std::vector<Choice>& choices) {
    if (!ranked_ || ++steps_ > kMostRanked) {
      return choices[random_.below(choices.size())];
    }
    if (random_.chance(1.0 / 16)) {
      ranks_ = random_.next();
    }
    return *std::max_element(
        choices.begin(), choices.end(),
        [this](const Choice& a, const Choice& b) { return rank(a) < rank(b); });
  }

 private:
  /// So many steps with ranks, as one who tries again and again may have the highest.
  static constexpr std::uint64_t kMostRanked = 2000;

  std::uint64_t rank(const Choice& choice) const {
    const Fabric::HeldStep& m = choice.message;
    const bool message = choice.kind == Choice::Kind::message;
    const std::uint64_t who = message ? (std::uint64_t{m.from.value()} << 16) +
                                            (m.to.value() << 1) + (m.completion ? 1 : 0)
                                      : choice.number;
    return SplitMix64(ranks_ ^ (static_cast<std::uint64_t>(choice.kind) << 32) ^ who).next();
  }

  RandomStream& random_;
  bool ranked_;
  std::uint64_t ranks_;
  std::uint64_t steps_ = 0;
};

}  // namespace

Walks walk(const Scenario& scenario, const Specimen& specimen, RandomStream& random,
           std::uint64_t walks, const std::function<void()>& poll) {
  Walks result;
  Rewindable execution(scenario, specimen);
  Arena::Snapshot start;
  execution.save(start);
  std::vector<Choice> choices;
  Standstills standstills(scenario);
  while (result.walks < walks) {
    if (poll) {
      poll();
    }
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
