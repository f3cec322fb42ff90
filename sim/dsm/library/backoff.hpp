#pragma once
// How the library's threads wait for somebody to change a word: they look again and again, with
// pauses that double, and give up when it has taken too long, because threads that spin would keep
// a simulation alive for ever. The longest pause leaves engines with pages, where each look takes
// the page away from others, time for these (assumed).

#include "sim/dsm/boundary/thread.hpp"

namespace dsmsim::library {

struct Patience {
  Duration pause = Duration::picoseconds(1'000'000);  ///< after the first look; doubles
  Duration longest_pause = Duration::picoseconds(64'000'000);
  Duration limit = Duration::picoseconds(10'000'000'000'000);  ///< then it is taken for a deadlock
};

class Backoff {
 public:
  /// `what`, with the object's number behind it, is what the thread waits for.
  Backoff(Thread& thread, const Patience& patience, const char* what, ObjectId object)
      : thread_(thread),
        patience_(patience),
        pause_(patience.pause),
        since_(thread.now()),
        what_(what),
        object_(object) {}

  /// Between two looks: the thread works for nothing, and then lets others have its core. Throws
  /// Error(ExitCode::deadlock) when its patience is at an end.
  Task<> pause();

 private:
  Thread& thread_;
  Patience patience_;
  Duration pause_;
  Time since_;
  const char* what_;
  ObjectId object_;
};

}  // namespace dsmsim::library
