// LIRS: the rules of the paper one by one, and against its definition (Jiang and Zhang, SIGMETRICS
// 2002, section 3).

#include "protocols/legoos/lirs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <vector>

#include "sim/base/random.hpp"

namespace dsmsim::testing {
namespace {

using legoos::BlockId;
using legoos::Lirs;

/// A cache that is asked for blocks by number.
class Cache {
 public:
  Cache(std::size_t lir, std::size_t hir) : lirs_(lir, hir) {}

  /// Whether it was there.
  bool refer(std::uint64_t number) {
    const BlockId block(number);
    const bool hit = lirs_.is_resident(block);
    if (hit) {
      lirs_.use(block);
      return true;
    }
    if (lirs_.is_full()) {
      lirs_.evict(lirs_.victim([](BlockId) { return true; }));
    }
    lirs_.admit(block);
    return false;
  }
  std::uint64_t refer_all(std::initializer_list<std::uint64_t> numbers) {
    std::uint64_t hits = 0;
    for (const std::uint64_t number : numbers) {
      hits += refer(number) ? 1 : 0;
    }
    return hits;
  }
  std::vector<std::uint64_t> stack() const { return numbers(lirs_.stack()); }
  std::vector<std::uint64_t> queue() const { return numbers(lirs_.queue()); }
  bool is_lir(std::uint64_t number) const { return lirs_.is_lir(BlockId(number)); }
  bool is_resident(std::uint64_t number) const { return lirs_.is_resident(BlockId(number)); }
  const Lirs& policy() const { return lirs_; }

 private:
  static std::vector<std::uint64_t> numbers(const std::list<BlockId>& blocks) {
    std::vector<std::uint64_t> all;
    for (const BlockId block : blocks) {
      all.push_back(block.value());
    }
    return all;
  }
  Lirs lirs_;
};

using Numbers = std::vector<std::uint64_t>;

TEST_CASE("LIRS: the first blocks are LIR blocks, as many as there may be") {
  Cache cache(2, 1);
  cache.refer_all({1, 2, 3});
  CHECK(cache.is_lir(1));
  CHECK(cache.is_lir(2));
  CHECK_FALSE(cache.is_lir(3));
  CHECK(cache.stack() == Numbers{3, 2, 1});
  CHECK(cache.queue() == Numbers{3});
}

TEST_CASE("LIRS: a LIR block that is used goes to the top, and HIR blocks below the last LIR go") {
  Cache cache(2, 2);
  cache.refer_all({1, 2, 3});
  cache.refer(1);
  CHECK(cache.stack() == Numbers{1, 3, 2});
  cache.refer(2);  // what was at the bottom: 3 was used before any LIR block
  CHECK(cache.stack() == Numbers{2, 1});
  CHECK(cache.queue() == Numbers{3});
}

TEST_CASE(
    "LIRS: a HIR block that is used while in the stack takes the place of the last LIR block") {
  Cache cache(2, 2);
  cache.refer_all({1, 2, 3, 4});
  cache.refer(3);
  CHECK(cache.is_lir(3));
  CHECK_FALSE(cache.is_lir(1));
  CHECK(cache.is_resident(1));
  CHECK(cache.stack() == Numbers{3, 4, 2});
  CHECK(cache.queue() == Numbers{4, 1});
}

TEST_CASE("LIRS: a HIR block that is not in the stack stays one, at the end of the queue") {
  Cache cache(1, 2);
  cache.refer_all({1, 2, 1, 3});  // 2 is below 1, so it is forgotten when it was used
  REQUIRE(cache.stack() == Numbers{3, 1});
  cache.refer(2);
  CHECK_FALSE(cache.is_lir(2));
  CHECK(cache.stack() == Numbers{2, 3, 1});
  CHECK(cache.queue() == Numbers{3, 2});
}

TEST_CASE("LIRS: a block that has gone is remembered while it is in the stack") {
  Cache cache(2, 1);
  cache.refer_all({1, 2, 3, 4});
  CHECK_FALSE(cache.is_resident(3));
  CHECK(cache.stack() == Numbers{4, 3, 2, 1});
  CHECK_FALSE(cache.refer(3));
  CHECK(cache.is_lir(3));
  CHECK_FALSE(cache.is_resident(4));
  CHECK(cache.queue() == Numbers{1});
}

TEST_CASE("LIRS: a scan goes through the HIR blocks, and displaces no LIR block") {
  Cache cache(8, 2);
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t block = 0; block < 8; ++block) {
      cache.refer(block);
    }
  }
  for (std::uint64_t block = 100; block < 1000; ++block) {
    cache.refer(block);
  }
  CHECK(cache.refer_all({0, 1, 2, 3, 4, 5, 6, 7}) == 8);
}

TEST_CASE(
    "LIRS: of a loop that is longer than the cache the LIR blocks are hits, where LRU has none") {
  Cache cache(30, 2);
  std::uint64_t hits = 0;
  for (int round = 0; round < 10; ++round) {
    for (std::uint64_t block = 0; block < 40; ++block) {
      hits += cache.refer(block) ? 1 : 0;
    }
  }
  CHECK(hits == 9 * 30);
}

TEST_CASE("LIRS: a victim that may not go is passed over") {
  Lirs lirs(1, 2);
  lirs.admit(BlockId(1));
  lirs.admit(BlockId(2));
  lirs.admit(BlockId(3));
  CHECK(lirs.victim([](BlockId block) { return block != BlockId(2); }) == BlockId(3));
  CHECK_FALSE(lirs.victim([](BlockId) { return false; }).valid());
}

/// The definition, without a stack: a HIR block becomes LIR if it was last used after the LIR block
/// whose last use is the oldest.
class Definition {
 public:
  Definition(std::size_t lir, std::size_t hir) : most_lir_(lir), most_hir_(hir) {}
  bool refer(std::uint64_t block) {
    const bool hit = lir_.contains(block) || queued(block) != queue_.end();
    const bool known = last_.contains(block);
    const std::uint64_t before = known ? last_[block] : 0;
    if (!hit && lir_.size() + queue_.size() == most_lir_ + most_hir_) {
      queue_.erase(queue_.begin());
    }
    if (lir_.contains(block)) {
      last_[block] = ++now_;
      return true;
    }
    const std::uint64_t oldest = oldest_lir();
    const bool recent = known && !lir_.empty() && before > last_[oldest];
    if (hit) {
      queue_.erase(queued(block));
    }
    last_[block] = ++now_;
    if (lir_.size() < most_lir_ || recent) {
      lir_.insert(block);
      if (lir_.size() > most_lir_) {
        lir_.erase(oldest);
        queue_.push_back(oldest);
      }
    } else {
      queue_.push_back(block);
    }
    return hit;
  }
  const Numbers& queue() const { return queue_; }

 private:
  Numbers::iterator queued(std::uint64_t block) {
    return std::find(queue_.begin(), queue_.end(), block);
  }
  std::uint64_t oldest_lir() {
    std::uint64_t oldest = lir_.empty() ? 0 : *lir_.begin();
    for (const std::uint64_t block : lir_) {
      oldest = last_[block] < last_[oldest] ? block : oldest;
    }
    return oldest;
  }
  std::size_t most_lir_;
  std::size_t most_hir_;
  std::uint64_t now_ = 0;
  std::map<std::uint64_t, std::uint64_t> last_;
  std::set<std::uint64_t> lir_;
  Numbers queue_;
};

TEST_CASE("LIRS: random references give what the definition gives") {
  RandomStream random(7, "lirs");
  for (int run = 0; run < 20; ++run) {
    const std::size_t lir = 1 + random.below(6);
    const std::size_t hir = 1 + random.below(3);
    Cache cache(lir, hir);
    Definition definition(lir, hir);
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t block = random.below(4) == 0 ? random.below(30) : random.below(8);
      REQUIRE(cache.refer(block) == definition.refer(block));
      REQUIRE(cache.queue() == definition.queue());
      REQUIRE(cache.is_lir(cache.stack().back()));
      REQUIRE(cache.policy().resident() <= lir + hir);
    }
  }
}

}  // namespace
}  // namespace dsmsim::testing
