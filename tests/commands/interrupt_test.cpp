#include "sim/commands/interrupt.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

using namespace dsmsim;

namespace {

/// What a process exits with that never asks whether it was interrupted, and gets two signals with
/// so much time between them; 0 if it outlives them.
int exit_code_of_the_deaf(useconds_t between) {
  const pid_t child = fork();
  if (child == 0) {
    const InterruptGuard guard;
    raise(SIGINT);
    usleep(between);
    raise(SIGINT);
    _exit(interrupted() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("A second Ctrl-C ends a process that does not hear the first") {
  CHECK(exit_code_of_the_deaf(400'000) == 130);
}

TEST_CASE("Two signals at once are one Ctrl-C") { CHECK(exit_code_of_the_deaf(0) == 0); }
