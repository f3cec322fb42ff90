#include "sim/dsm/library/barrier.hpp"

namespace dsmsim::library {
namespace {

constexpr std::uint64_t kOneRound = std::uint64_t{1} << 32;

}  // namespace

Task<Barrier> Barrier::make(Thread& thread, std::uint32_t parties, NodeId node, Patience patience) {
  const ObjectId word = co_await thread.allocate(Bytes(8), node);
  co_return Barrier(word, parties, patience);
}

Task<bool> Barrier::wait(Thread& thread) const {
  const std::uint64_t before = co_await thread.atomic_add(word_, Bytes(0), 1);
  if (before % kOneRound + 1 == parties_) {
    co_await thread.atomic_add(word_, Bytes(0), kOneRound - parties_);
    co_return true;
  }
  Backoff backoff(thread, patience_, "the others at the barrier", word_);
  for (;;) {
    const std::uint64_t now = co_await thread.atomic_add(word_, Bytes(0), 0);
    if (now / kOneRound != before / kOneRound) {
      co_return false;
    }
    co_await backoff.pause();
  }
}

Task<> Barrier::drop(Thread& thread) const { co_await thread.release(word_); }

}  // namespace dsmsim::library
