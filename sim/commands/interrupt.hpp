#pragma once
// Ctrl-C, SIGTERM and the end of a terminal (SIGHUP) as a question that long work asks from time to
// time (sim/base/stop.hpp), so that it can end in order: stop its children, remove what is half
// written, exit with 130.
// A reader of standard output that goes away (SIGPIPE) is an error of writing, for the same reason.

#include "sim/base/stop.hpp"

namespace dsmsim {

/// While one lives, an interrupt only sets a flag, and stop_if_asked() throws
/// Error(ExitCode::interrupted); a second one ends the process at once, with 130, whatever it is
/// doing. Used by the command line, never by the library or the Python module, whose host has
/// handlers of its own.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  StopQuestion question_;
};

bool interrupted();

}  // namespace dsmsim
