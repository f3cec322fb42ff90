#include "sim/dsm/library/barrier.hpp"

#include <algorithm>

#include "sim/dsm/boundary/world.hpp"

namespace dsmsim::library {
namespace {

constexpr std::uint64_t kOneRound = std::uint64_t{1} << 32;

}  // namespace

Task<Barrier> Barrier::make(Thread& thread, std::uint32_t parties, NodeId node, Patience patience) {
  const ObjectId word = co_await thread.allocate(Bytes(8), node);
  co_return Barrier(word, parties, patience);
}

/// Whether some parties are lost, and all others have come to that round.
bool Barrier::nobody_comes_in(Thread& thread, std::uint64_t round) const {
  const auto is_known_lost = [&](const auto& party) {
    return thread.world().knows_lost(party.first);
  };
  const auto is_missing = [&](const auto& party) {
    return party.second <= round && !is_known_lost(party);
  };
  return rounds_->size() == parties_ &&
         std::any_of(rounds_->begin(), rounds_->end(), is_known_lost) &&
         std::none_of(rounds_->begin(), rounds_->end(), is_missing);
}

Task<bool> Barrier::wait(Thread& thread) const {
  const std::uint64_t before = co_await thread.atomic_add(word_, Bytes(0), 1);
  const std::uint64_t round = before / kOneRound;
  if (before % kOneRound + 1 == parties_) {
    co_await thread.atomic_add(word_, Bytes(0), kOneRound - parties_);
    (*rounds_)[thread.id()] = round + 1;
    co_return true;
  }
  (*rounds_)[thread.id()] = round + 1;
  Backoff backoff(thread, patience_, "the others at the barrier", word_);
  for (;;) {
    const std::uint64_t now = co_await thread.atomic_add(word_, Bytes(0), 0);
    if (now / kOneRound != round) {
      co_return false;
    }
    if (nobody_comes_in(thread, round)) {
      const std::uint64_t next = (round + 1) * kOneRound;
      co_return co_await thread.atomic_cas(word_, Bytes(0), now, next) == now;
    }
    co_await backoff.pause();
  }
}

Task<> Barrier::drop(Thread& thread) const { co_await thread.release(word_); }

}  // namespace dsmsim::library
