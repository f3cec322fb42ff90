#include "workloads/pages/pages.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/config.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "tests/dsm/boundary/memory_engine.hpp"

using namespace dsmsim;
using namespace dsmsim::literals;
using dsmsim::test::MemoryWorld;

namespace {

PagesOptions small_pages(PagePattern pattern) {
  PagesOptions options;
  options.pattern = pattern;
  options.working_set = 16_KiB;
  options.accesses = 12;
  options.warm_up = false;
  options.write_ratio = 1;
  return options;
}

/// Page and offset of every access of a program on one server.
std::vector<std::pair<std::uint64_t, std::uint64_t>> places(const PagesOptions& options) {
  MemoryWorld m(1);
  Pages pages(options);
  m.world.run(pages);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
  for (std::size_t thread = 0; thread < m.engine.threads_logged(); ++thread) {
    for (const Op& op : m.engine.log(thread)) {
      if (op.kind == OpKind::read || op.kind == OpKind::write) {
        found.emplace_back(op.object.value(), op.offset.count());
      }
    }
  }
  return found;
}

nlohmann::ordered_json report_of(const PagesOptions& options) {
  MemoryWorld m(1);
  Pages pages(options);
  m.world.run(pages);
  return dsmsim::report_of(pages);
}

}  // namespace

TEST_CASE("pages: a sequential walk uses every byte of a page, then goes on to the next") {
  PagesOptions options = small_pages(PagePattern::sequential);
  options.accesses = 513;
  const auto found = places(options);
  CHECK(found[0] == std::pair<std::uint64_t, std::uint64_t>{0, 0});
  CHECK(found[511] == std::pair<std::uint64_t, std::uint64_t>{0, 4088});
  CHECK(found[512] == std::pair<std::uint64_t, std::uint64_t>{1, 0});
}

TEST_CASE("pages: a strided walk comes back to the beginning at the end of the working set") {
  PagesOptions options = small_pages(PagePattern::strided);
  options.stride = 6_KiB;
  const auto found = places(options);
  using Places = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  CHECK(Places(found.begin(), found.begin() + 4) == Places{{0, 0}, {1, 2048}, {3, 0}, {0, 0}});
}

TEST_CASE("pages: one_line and dirty_lines go from page to page") {
  using Places = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  const auto lines = places(small_pages(PagePattern::one_line));
  CHECK(Places(lines.begin(), lines.begin() + 5) == Places{{0, 0}, {1, 0}, {2, 0}, {3, 0}, {0, 0}});
  PagesOptions options = small_pages(PagePattern::dirty_lines);
  options.lines = 2;
  const auto contiguous = places(options);
  CHECK(Places(contiguous.begin(), contiguous.begin() + 3) == Places{{0, 0}, {0, 64}, {1, 0}});
  options.arrangement = LineArrangement::alternating;
  const auto alternating = places(options);
  CHECK(Places(alternating.begin(), alternating.begin() + 3) == Places{{0, 0}, {0, 128}, {1, 0}});
}

TEST_CASE("pages: uniform writes make as many pages and lines dirty as the closed form says") {
  PagesOptions options;
  options.working_set = 4_KiB * 2000;
  options.accesses = 40'000;
  options.write_ratio = 1;
  const nlohmann::ordered_json numbers = report_of(options);
  const double pages = 2000;
  const double writes = 40'000;
  CHECK(numbers.at("dirty_pages").get<double>() ==
        Approx(pages * (1 - std::exp(-writes / pages))).epsilon(0.01));
  CHECK(numbers.at("dirty_lines").get<double>() ==
        Approx(64 * pages * (1 - std::exp(-writes / (64 * pages)))).epsilon(0.01));
}

TEST_CASE("pages: every thread of every server counts its accesses, after the warm-up") {
  MemoryWorld m(2);
  PagesOptions options = small_pages(PagePattern::random);
  options.threads_per_server = 2;
  options.warm_up = true;
  options.write_ratio = 0.5;
  Pages pages(options);
  m.world.run(pages);
  CHECK(m.world.meter().operations() == 4 * options.accesses);
  CHECK(m.engine.measured().at(OpKind::read) + m.engine.measured().at(OpKind::write) ==
        4 * options.accesses);
  CHECK(m.engine.counts().at(OpKind::allocate) == 16);
}

TEST_CASE("pages: lines that do not fit into a page are refused with their place") {
  auto document = config::parse(
      R"({"pattern": "dirty_lines", "lines": 40, "arrangement": "alternating"})", "pages");
  CHECK_THROWS_WITH(config::read<PagesOptions>(document),
                    Catch::Contains("/lines") && Catch::Contains("must fit into a page"));
}
