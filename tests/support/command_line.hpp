#pragma once
// The built dsmsim as a user runs it: in a folder of its own, with its exit code and what it
// printed.

#include <string>
#include <vector>

#include "tests/support/scratch.hpp"

struct CommandRun {
  int exit_code;
  std::string out;
  std::string err;
  double cpu_seconds;  ///< of it and its children: unlike real time, no matter what else runs here
};

/// Runs dsmsim with its working directory in `scratch`.
CommandRun run_dsmsim(const Scratch& scratch, const std::vector<std::string>& arguments);
/// The same, interrupted (SIGINT) after some milliseconds.
CommandRun run_dsmsim_interrupted(const Scratch& scratch, const std::vector<std::string>& arguments,
                                  int milliseconds);

/// The same through a shell: "$D" is dsmsim.
CommandRun run_shell(const Scratch& scratch, const std::string& command);

std::vector<std::string> lines_of(const std::string& text);
