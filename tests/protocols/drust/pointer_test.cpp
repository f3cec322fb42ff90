// The two words of DRust's pointers (OSDI'24, Fig. 4 and Appendix B, Alg. 5).

#include "protocols/drust/pointer.hpp"

#include <catch2/catch.hpp>

namespace dsmsim::drust {
namespace {

TEST_CASE("A coloured address is 16 bits of colour above 48 bits of address") {
  const ColouredAddress target(GlobalAddress(0x4000'1234'5678), 0xBEEF);
  CHECK(target.word() == 0xBEEF'4000'1234'5678);
  CHECK(target.address() == GlobalAddress(0x4000'1234'5678));
  CHECK(target.colour() == 0xBEEF);
}

TEST_CASE("The next colour is another key for the same address") {
  const ColouredAddress target(GlobalAddress(0x4000'0000'0000), 7);
  CHECK(target.next_colour().colour() == 8);
  CHECK(target.next_colour().address() == target.address());
  CHECK(target.next_colour() != target);
}

TEST_CASE("The U bit and the copy share a word and do not disturb each other") {
  Extension word;
  CHECK_FALSE(word.written());
  CHECK_FALSE(word.has_copy());
  CHECK_FALSE(word.copy().valid());
  word.set_copy(CopyId(0));
  CHECK(word.has_copy());
  word.set_written();
  CHECK(word.written());
  CHECK(word.copy() == CopyId(0));
  word.clear_written();
  CHECK(word.copy() == CopyId(0));
  word.reset();
  CHECK(word == Extension());
}

}  // namespace
}  // namespace dsmsim::drust
