#include "sim/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace dsmsim {
namespace {

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += text.empty() ? "" : "\n";
    text += line;
  }
  return text;
}

/// Spells out control characters; returns the same lines.
const std::vector<std::string>& make_printable(std::vector<std::string>& lines) {
  for (std::string& line : lines) {
    std::string printable;
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      printable += byte < 0x20 || byte == 0x7f ? fmt::format("\\u{:04x}", byte) : std::string(1, c);
    }
    line = std::move(printable);
  }
  return lines;
}

/// Insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal string
/// alignment).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = std::move(last);
    last = row;
  }
  return last[b.size()];
}

}  // namespace

InputErrors::InputErrors(std::vector<std::string> lines)
    : Error(ExitCode::bad_input, join(make_printable(lines))), lines_(std::move(lines)) {}

std::string closest(const std::string& word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongestName =
      64;  // longer words are no misspelt name, and the distance is quadratic
  if (word.size() < 2 || word.size() > kLongestName) {
    return "";
  }
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string best;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace dsmsim
