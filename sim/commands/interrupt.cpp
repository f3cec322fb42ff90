#include "sim/commands/interrupt.hpp"

#include <time.h>
#include <unistd.h>

#include <csignal>

#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

// A signal handler can reach nothing else.
volatile std::sig_atomic_t interrupt_seen = 0;
volatile std::sig_atomic_t seen_at = 0;  // ms

/// Whoever sends a signal to a process and then to its group (timeout of GNU coreutils) has asked
/// once (assumed).
constexpr std::sig_atomic_t kOnce = 300;  // ms

/// Since the start of the machine, modulo 2^30.
std::sig_atomic_t milliseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::sig_atomic_t>((now.tv_sec * 1000 + now.tv_nsec / 1'000'000) & 0x3fffffff);
}

void note_interrupt(int) {
  const std::sig_atomic_t now = milliseconds();
  if (interrupt_seen == 0) {
    seen_at = now;
  } else if (now - seen_at > kOnce || now < seen_at) {
    _exit(static_cast<int>(ExitCode::interrupted));
  }
  interrupt_seen = 1;
}

void throw_if_interrupted() {
  if (interrupted()) {
    throw Error(ExitCode::interrupted, "interrupted; nothing was written");
  }
}

}  // namespace

InterruptGuard::InterruptGuard() : question_(throw_if_interrupted) {
  interrupt_seen = 0;
  struct sigaction action = {};
  action.sa_handler = note_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction before = {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) {  // nohup
    sigaction(SIGHUP, &action, nullptr);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
}

bool interrupted() { return interrupt_seen != 0; }

}  // namespace dsmsim
