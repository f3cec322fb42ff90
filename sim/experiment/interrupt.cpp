#include "sim/experiment/interrupt.hpp"

#include <csignal>

#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

// A signal handler can reach nothing else.
volatile std::sig_atomic_t interrupt_seen = 0;

void note_interrupt(int) { interrupt_seen = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupt_seen = 0;
  struct sigaction action = {};
  action.sa_handler = note_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool interrupted() { return interrupt_seen != 0; }

void throw_if_interrupted() {
  if (interrupted()) {
    throw Error(ExitCode::interrupted, "interrupted; nothing was written");
  }
}

}  // namespace dsmsim
