#include "sim/experiment/text_table.hpp"

#include <catch2/catch.hpp>

using namespace dsmsim;

TEST_CASE("Columns are as wide as their widest cell, the first aligned to the left") {
  TextTable table({"kind", "n"});
  table.add({"a", "100"});
  table.add({"longer", ""});
  CHECK(table.text() == "kind      n\na       100\nlonger\n");
}

TEST_CASE("Numbers are shortened to three digits and a unit") {
  CHECK(short_number(0) == "0");
  CHECK(short_number(7) == "7");
  CHECK(short_number(0.25) == "0.25");
  CHECK(short_number(999) == "999");
  CHECK(short_number(1000) == "1.00 k");
  CHECK(short_number(999'900) == "1.00 M");
  CHECK(short_number(45'678) == "45.7 k");
  CHECK(short_number(1'234'567) == "1.23 M");
  CHECK(short_duration(1990) == "1.99 us");
  CHECK(short_duration(2.5e10) == "25.0 s");
  CHECK(short_bytes(4096) == "4.00 KiB");
}

TEST_CASE("Whole numbers are grouped by thousands") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(12'345'678) == "12,345,678");
}
