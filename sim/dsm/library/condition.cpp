#include "sim/dsm/library/condition.hpp"

namespace dsmsim::library {
namespace {

constexpr std::uint64_t kOneWaiter = std::uint64_t{1} << 32;

std::uint32_t came(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }
std::uint32_t notified(std::uint64_t word) { return static_cast<std::uint32_t>(word); }

/// The word after a notification.
std::uint64_t after(std::uint64_t word, bool all) {
  if (came(word) == notified(word)) {
    return word;
  }
  return all ? word - notified(word) + came(word) : word + 1;
}

}  // namespace

Task<Condition> Condition::make(Thread& thread, NodeId node, Patience patience) {
  const ObjectId word = co_await thread.allocate(Bytes(8), node);
  co_return Condition(word, patience);
}

Task<> Condition::wait(Thread& thread, ObjectId mutex) const {
  const std::uint64_t before = co_await thread.atomic_add(word_, Bytes(0), kOneWaiter);
  const std::uint32_t number = came(before);
  co_await thread.unlock(mutex);
  Backoff backoff(thread, patience_, "a notification of", word_);
  for (;;) {
    const std::uint64_t now = co_await thread.atomic_add(word_, Bytes(0), 0);
    if (notified(now) > number) {
      break;
    }
    co_await backoff.pause();
  }
  co_await thread.lock(mutex);
}

/// The first attempt expects that nobody has ever waited; it tells what is there.
Task<> Condition::notify(Thread& thread, bool all) const {
  std::uint64_t expected = 0;
  for (;;) {
    const std::uint64_t found =
        co_await thread.atomic_cas(word_, Bytes(0), expected, after(expected, all));
    if (found == expected || after(found, all) == found) {
      co_return;
    }
    expected = found;
  }
}

Task<> Condition::drop(Thread& thread) const { co_await thread.release(word_); }

}  // namespace dsmsim::library
