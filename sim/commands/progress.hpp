#pragma once
// One line on a terminal that is written over and over; silent when standard error is not a
// terminal.

#include <chrono>
#include <functional>
#include <string>

#include "sim/experiment/run.hpp"

namespace dsmsim {

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Shows what `text` gives, a few times a second at most.
  void show(const std::function<std::string()>& text);
  void clear();
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  bool on_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

/// "12.3 ms simulated, 8.1 M events/s, 40 %, 5 s left"
std::string progress_text(const RunProgress& progress, double seconds);
/// "MP on gam: 12,345 states, 3 s"
std::string search_text(const std::string& scenario, const std::string& protocol,
                        std::uint64_t states, double seconds);
/// "3 of 11 runs, 5 s left"
std::string progress_text(std::size_t done, std::size_t runs, double seconds);

}  // namespace dsmsim
