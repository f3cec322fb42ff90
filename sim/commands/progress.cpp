#include "sim/commands/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

/// ", 5 s left" judged by the part that is done.
std::string remaining(double fraction, double seconds) {
  if (fraction <= 0 || fraction > 1) {
    return "";
  }
  return fmt::format(", {:.0f} s left", std::ceil(seconds * (1 - fraction) / fraction));
}

}  // namespace

ProgressLine::ProgressLine() : on_(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const std::function<std::string()>& text) {
  constexpr std::chrono::milliseconds kPeriod(200);
  const Clock::time_point now = Clock::now();
  if (!on_ || now - last_ < kPeriod) {
    return;
  }
  last_ = now;
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{}", text());
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (shown_) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    shown_ = false;
  }
}

double ProgressLine::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

std::string progress_text(const RunProgress& progress, double seconds) {
  std::string text =
      fmt::format("{} simulated, {} events/s", short_duration(progress.now.since_start().ns()),
                  short_number(static_cast<double>(progress.events) / seconds));
  if (progress.fraction) {
    text += fmt::format(", {:.0f} %", *progress.fraction * 100) +
            remaining(*progress.fraction, seconds);
  }
  return text;
}

std::string search_text(const std::string& scenario, const std::string& protocol,
                        std::uint64_t states, double seconds) {
  return fmt::format("{} on {}: {} states, {:.0f} s", scenario, protocol, grouped(states), seconds);
}

std::string progress_text(std::size_t done, std::size_t runs, double seconds) {
  return fmt::format("{} of {} runs", done, runs) +
         remaining(static_cast<double>(done) / static_cast<double>(runs), seconds);
}

}  // namespace dsmsim
