#pragma once
// The parameters of the paging micro-benchmarks (pages.hpp).

#include "workloads/generators/popularity.hpp"

namespace dsmsim {

enum class PagePattern : unsigned char { sequential, strided, random, one_line, dirty_lines };
constexpr auto config_values(PagePattern) {
  using enum PagePattern;
  return std::to_array<config::Value<PagePattern>>({
      {sequential, "sequential",
       "from the beginning to the end, access bytes at a time, over and over"},
      {strided, "strided", "the same in steps of stride"},
      {random, "random", "an access anywhere in a page that popularity draws"},
      {one_line, "one_line", "pages in turn: the first line of each"},
      {dirty_lines, "dirty_lines", "pages in turn: lines lines of each, arrangement apart"},
  });
}

enum class LineArrangement : unsigned char { contiguous, alternating };
constexpr auto config_values(LineArrangement) {
  using enum LineArrangement;
  return std::to_array<config::Value<LineArrangement>>({
      {contiguous, "contiguous", "the first ones"},
      {alternating, "alternating", "every other one"},
  });
}

struct PagesOptions {
  config::Sources sources;
  PagePattern pattern = PagePattern::random;
  Bytes working_set = Bytes(16 << 20);  ///< of each thread, in objects of one page
  Bytes page = Bytes(4096);
  Bytes line = Bytes(64);
  Bytes access = Bytes(8);
  Bytes stride = Bytes(256);
  double write_ratio = 0.5;
  std::uint32_t lines = 8;
  LineArrangement arrangement = LineArrangement::contiguous;
  std::uint32_t threads_per_server = 1;
  std::uint64_t accesses = 100'000;  ///< of each thread, measured
  bool warm_up = true;               ///< each page is written once before that
  Popularity popularity{.distribution = Distribution::uniform};
};

void describe(config::Fields& fields, PagesOptions& options);

}  // namespace dsmsim
