#pragma once
// The built dsmsim as a user runs it: in a folder of its own, with its exit code and what it
// printed.

#include <filesystem>
#include <string>
#include <vector>

/// An empty folder that goes away with the test.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Makes a file there; returns its name.
  std::string file(const std::string& name, const std::string& content) const;
  std::string read(const std::filesystem::path& name) const;
  /// Files below `folder`, relative to it, sorted.
  std::vector<std::string> files(const std::filesystem::path& folder = "") const;

 private:
  std::filesystem::path path_;
};

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
