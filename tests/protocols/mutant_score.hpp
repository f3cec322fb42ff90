#pragma once
// The score that ./dev test prints: which mutants of an engine were found, and by what.

#include <iostream>
#include <string>

#include "sim/dsm/kit/mutants.hpp"

namespace dsmsim::testing {

class MutantScore {
 public:
  explicit MutantScore(std::string engine) : engine_(std::move(engine)) {}
  ~MutantScore() {
    std::cout << "mutants of " << engine_ << ": " << found_ << " of " << all_ << " caught\n";
  }
  MutantScore(const MutantScore&) = delete;
  MutantScore& operator=(const MutantScore&) = delete;

  /// `by`: what found it, or "". Whether it was found.
  bool count(const MutantRow& mutant, const std::string& by) {
    ++all_;
    found_ += by.empty() ? 0 : 1;
    std::cout << "mutant " << mutant.name << (by.empty() ? " lives" : " is caught by " + by)
              << "\n";
    return !by.empty();
  }

 private:
  std::string engine_;
  int found_ = 0;
  int all_ = 0;
};

}  // namespace dsmsim::testing
