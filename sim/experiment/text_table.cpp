#include "sim/experiment/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace dsmsim {
namespace {

/// `value` in the largest of the units, each `step` times the one before, that leaves at least 1.
template <std::size_t N>
std::string scaled(double value, double step, const std::array<std::string_view, N>& units) {
  std::size_t unit = 0;
  while (unit + 1 < N && std::abs(value) >= step * 0.9995) {
    value /= step;
    ++unit;
  }
  const double size = std::abs(value);
  const bool whole = unit == 0 && value == std::floor(value);
  const int digits = whole || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", value, digits, units[unit]);
}

/// Characters, not bytes: labels may be any UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

/// The first cell to the left, the others to the right.
std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::size_t needed = width(cells[i]);
    const std::string padding(widths[i] > needed ? widths[i] - needed : 0, ' ');
    line += i == 0 ? cells[i] + padding : fmt::format("  {}{}", padding, cells[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

TextRows::TextRows(std::vector<std::string> head, const std::vector<std::size_t>& widths)
    : head_(std::move(head)), widths_(widths) {
  for (std::size_t i = 0; i < head_.size(); ++i) {
    widths_[i] = std::max(widths_[i], width(head_[i]));
  }
}

std::string TextRows::row(const std::vector<std::string>& cells) const {
  return line_of(cells, widths_);
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows_) {
    text += line_of(row, widths);
  }
  return text;
}

std::string short_number(double value) {
  return scaled(value, 1000, std::array<std::string_view, 5>{"", " k", " M", " G", " T"});
}

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, 1, ',');
  }
  return digits;
}

std::string short_duration(double ns) {
  return scaled(ns, 1000, std::array<std::string_view, 4>{" ns", " us", " ms", " s"});
}

std::string short_bytes(double bytes) {
  return scaled(bytes, 1024, std::array<std::string_view, 5>{" B", " KiB", " MiB", " GiB", " TiB"});
}

}  // namespace dsmsim
