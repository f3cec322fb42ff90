#pragma once
// Chooses what happens next on one random walk (random_walk.hpp, crash_walk.hpp).
//
// Half of the walks take any choice with the same chance. In the others every thread and every
// direction of a queue pair has a random rank, the highest goes first, and now and then the ranks
// are drawn again: so some are delayed for long, which finds what needs few but unlikely changes of
// order (Burckhardt et al., A randomized scheduler with probabilistic guarantees of finding bugs,
// ASPLOS 2010).

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/check/execution.hpp"

namespace dsmsim {

class Guide {
 public:
  explicit Guide(RandomStream& random)
      : random_(random), ranked_(random.chance(0.5)), ranks_(random.next()) {}

  /// One of several, or of one.
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

}  // namespace dsmsim
