// DRust's allocator of one partition: where blocks come from, what becomes of free ones, and what
// is told of fragmentation.

#include "protocols/drust/allocator.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "sim/base/random.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;
using drust::Allocator;

constexpr DrustAllocatorOptions kExact{.alignment = Bytes(16), .header = Bytes(0)};

TEST_CASE("A block is its bytes and a header, rounded up to the alignment") {
  const Allocator allocator({.alignment = 16_B, .header = 8_B}, 1_KiB);
  CHECK(allocator.footprint(0_B) == 16_B);
  CHECK(allocator.footprint(8_B) == 16_B);
  CHECK(allocator.footprint(9_B) == 32_B);
  CHECK(allocator.footprint(512_B) == 528_B);
}

TEST_CASE("Blocks come one behind the other, and a full partition gives none") {
  Allocator allocator(kExact, 64_B);
  CHECK(allocator.allocate(16_B) == 0_B);
  CHECK(allocator.allocate(48_B) == 16_B);
  CHECK(allocator.used() == 64_B);
  CHECK_FALSE(allocator.allocate(1_B).has_value());
  CHECK(allocator.fragmentation().failed == 0);
}

TEST_CASE("The block that was freed last is the first to be used again") {
  Allocator allocator(kExact, 1_KiB);
  for (int i = 0; i < 4; ++i) {
    allocator.allocate(32_B);
  }
  allocator.release(32_B, 32_B);
  allocator.release(0_B, 32_B);
  CHECK(allocator.allocate(32_B) == 0_B);
  CHECK(allocator.allocate(32_B) == 32_B);
  CHECK(allocator.allocate(32_B) == 128_B);
}

TEST_CASE("Free neighbours are coalesced when nothing else has room, and split for what is asked") {
  Allocator allocator(kExact, 128_B);
  for (int i = 0; i < 8; ++i) {
    allocator.allocate(16_B);
  }
  for (const Bytes offset : {64_B, 32_B, 48_B}) {
    allocator.release(offset, 16_B);
  }
  CHECK(allocator.allocate(32_B) == 32_B);
  CHECK(allocator.allocate(16_B) == 64_B);
  CHECK(allocator.used() == 128_B);
}

TEST_CASE("What is freed at the end of the used part is fresh again once it is coalesced") {
  Allocator allocator(kExact, 128_B);
  allocator.allocate(64_B);
  allocator.allocate(48_B);
  allocator.release(64_B, 48_B);
  CHECK(allocator.allocate(64_B) == 64_B);
}

TEST_CASE("An allocation that fails for fragmentation is counted, with the worst that there was") {
  Allocator allocator(kExact, 64_B);
  for (int i = 0; i < 4; ++i) {
    allocator.allocate(16_B);
  }
  allocator.release(0_B, 16_B);
  allocator.release(32_B, 16_B);
  CHECK_FALSE(allocator.allocate(32_B).has_value());
  CHECK(allocator.fragmentation().failed == 1);
  CHECK(allocator.fragmentation().external == 0.5);
  allocator.reset_fragmentation();
  CHECK(allocator.fragmentation().failed == 0);
}

TEST_CASE("Internal fragmentation is what headers and rounding took when most was in use") {
  Allocator allocator({.alignment = 16_B, .header = 8_B}, 1_KiB);
  allocator.allocate(24_B);
  allocator.release(0_B, 24_B);
  CHECK(allocator.fragmentation().used == 32_B);
  CHECK(allocator.fragmentation().internal() == 0.25);
}

TEST_CASE("Where blocks of one size lie decides nothing, as long as there are no others") {
  const auto print = [](bool swapped, bool exact) {
    Allocator allocator(kExact, 64_B);
    allocator.allocate(32_B);
    allocator.allocate(32_B);
    allocator.release(swapped ? 32_B : 0_B, 32_B);
    Fingerprint fingerprint;
    allocator.fingerprint(fingerprint, 4096, exact);
    return fingerprint.value();
  };
  CHECK(print(false, false) == print(true, false));
  CHECK(print(false, true) != print(true, true));
}

/// Random sizes against a model: blocks never overlap, nothing gets lost.
class Churn {
 public:
  Churn(const DrustAllocatorOptions& options, std::uint64_t seed)
      : allocator_(options, kCapacity), random_(seed, "churn") {}

  void step() {
    if (blocks_.empty() || random_.below(2) == 0) {
      const Bytes size(random_.below(random_.below(4) == 0 ? 4096 : 256));
      const auto offset = allocator_.allocate(size);
      if (offset) {
        take(*offset, size);
        return;
      }
    }
    if (!blocks_.empty()) {
      free_one();
    }
  }
  void check() const {
    Bytes sum = allocator_.used();
    allocator_.for_each_free([&](Bytes, Bytes size) { sum += size; });
    CHECK(sum == kCapacity);
  }
  /// In the end one block may have everything.
  void end() {
    while (!blocks_.empty()) {
      free_one();
    }
    CHECK(allocator_.used() == 0_B);
    CHECK(allocator_.allocate(kCapacity - 64_B).has_value());
  }

 private:
  static constexpr Bytes kCapacity = Bytes(64 << 10);

  void take(Bytes offset, Bytes size) {
    const Bytes end = offset + allocator_.footprint(size);
    REQUIRE(end <= kCapacity);
    const auto next = blocks_.lower_bound(offset);
    REQUIRE((next == blocks_.end() || end <= next->first));
    if (next != blocks_.begin()) {
      const auto before = std::prev(next);
      REQUIRE(before->first + allocator_.footprint(before->second) <= offset);
    }
    blocks_[offset] = size;
  }
  void free_one() {
    const auto one =
        std::next(blocks_.begin(), static_cast<std::ptrdiff_t>(random_.below(blocks_.size())));
    allocator_.release(one->first, one->second);
    blocks_.erase(one);
  }

  Allocator allocator_;
  RandomStream random_;
  std::map<Bytes, Bytes> blocks_;
};

TEST_CASE("Blocks of random sizes never overlap, and all is coalesced in the end") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    Churn churn({.alignment = 16_B, .header = Bytes(seed % 2 * 8), .bins = seed < 2 ? 8U : 1U},
                seed);
    for (int i = 0; i < 4000; ++i) {
      churn.step();
      if (i % 100 == 0) {
        churn.check();
      }
    }
    churn.end();
  }
}

}  // namespace
}  // namespace dsmsim::testing
