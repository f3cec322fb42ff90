#pragma once
// A barrier of the program's own: `parties` threads go on together once all have come. (Barrier in
// sim/dsm/boundary/thread.hpp is a device of experiments, which costs nothing.)
//
// One word at its home, the same under every engine: the low half counts who has come, the high
// half how often all have. Rust's std::sync::Barrier is a mutex and a condition variable; with
// remote atomics one word does (a centralised barrier, Mellor-Crummey and Scott, ACM TOCS 9(1),
// 1991, section 3.1).
//
//   wait    one atomic; the last to come needs another one, the others one for each look (a pause
//           between two doubles)
//
// A party that never comes is an Error(ExitCode::deadlock), unless it is lost in a crash and the
// survivors know: whoever looks and sees that nobody else is missing ends the round in the place of
// the last, by a compare-and-swap.

#include <map>
#include <memory>

#include "sim/dsm/library/backoff.hpp"

namespace dsmsim::library {

class Barrier {
 public:
  /// The word is on `node`; invalid: where allocate puts it.
  static Task<Barrier> make(Thread& thread, std::uint32_t parties, NodeId node = NodeId(),
                            Patience patience = {});

  /// One of the parties. Once all are known, nobody waits for those that are lost.
  void expect(ThreadId party) const { rounds_->emplace(party, 0); }

  /// True for the last to come, or for who has come in its place.
  Task<bool> wait(Thread& thread) const;
  /// Its end: all have gone on.
  Task<> drop(Thread& thread) const;

 private:
  Barrier(ObjectId word, std::uint32_t parties, const Patience& patience)
      : word_(word),
        parties_(parties),
        patience_(patience),
        rounds_(std::make_shared<std::map<ThreadId, std::uint64_t>>()) {}
  bool nobody_comes_in(Thread& thread, std::uint64_t round) const;

  ObjectId word_;
  std::uint32_t parties_;
  Patience patience_;
  /// How many rounds each party has come to.
  std::shared_ptr<std::map<ThreadId, std::uint64_t>> rounds_;
};

}  // namespace dsmsim::library
