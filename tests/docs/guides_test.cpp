// The guides' programs do what the guides say.

#include <catch2/catch.hpp>

#include "protocols/nocache/engine.hpp"
#include "sim/dsm/library/arc.hpp"
#include "tests/docs/counter.hpp"
#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;
using library::Arc;

/// A program on three servers without caches.
struct Bed : Dut {
  Bed()
      : Dut(3, [](EngineContext context) {
          return std::make_unique<NocacheEngine>(context, timeless(NocacheOptions()));
        }) {}
};

struct Sharing final : Program {
  Task<> main(Thread& t) override {
    Arc arc = co_await Arc::make(t, 64_KiB);
    Arc own = co_await arc.clone(t);  // for another thread
    co_await own.read(t, 0_B, 64_B);  // cached where the engine caches
    co_await own.drop(t);
    co_await arc.drop(t);
  }
};

TEST_CASE("The guide's counter adds on every server") {
  Bed bed;
  Counter program({.additions = 5, .work = 100_ns});
  bed.world().run(program);
  CHECK(bed.world().meter().operations() == 15);
}

TEST_CASE("The guide's Arc is shared and dropped") {
  Bed bed;
  Sharing program;
  CHECK_NOTHROW(bed.world().run(program));
}

}  // namespace
}  // namespace dsmsim::testing
