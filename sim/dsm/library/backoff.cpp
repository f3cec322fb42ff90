#include "sim/dsm/library/backoff.hpp"

#include <algorithm>
#include <string>

#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::library {

Task<> Backoff::pause() {
  if (thread_.now() - since_ > patience_.limit) {
    throw Error(ExitCode::deadlock, "deadlock at " + to_string(thread_.now()) + ": " +
                                        thread_name(thread_.id(), thread_.node()) +
                                        " has waited for " + what_ + " " + object_name(object_) +
                                        " longer than " + to_string(patience_.limit));
  }
  co_await thread_.compute(pause_);
  co_await thread_.yield();
  pause_ = std::min(pause_ * 2, patience_.longest_pause);
}

}  // namespace dsmsim::library
