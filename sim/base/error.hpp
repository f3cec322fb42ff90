#pragma once
// What can go wrong, by exit code (docs/architecture.md "Exit codes"). Everything that a user can
// cause is thrown as one of these and printed by sim/main.cpp as plain lines; anything else that
// escapes is an internal error (exit 1).

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace dsmsim {

enum class ExitCode : int {
  ok = 0,
  internal = 1,
  bad_input = 2,
  incoherent = 3,
  deadlock = 4,
  limit = 5,
  lost = 6,  ///< a fault that the engine does not survive
  interrupted = 130
};

class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  /// Bad input: exit code 2.
  explicit Error(const std::string& what) : Error(ExitCode::bad_input, what) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// The simulated memory has no room for what is wanted. Bad input, unless a crash has taken some of
/// it: then it is a loss (World::run).
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

/// Options of an engine or a program that do not fit the cluster, or the host that simulates it.
/// `pointer` is the JSON pointer of the option below the section that it stands in, "" for all of
/// the section: whoever reads experiments makes a place of it (sim/experiment/setup.hpp).
class Misfit : public Error {
 public:
  Misfit(std::string pointer, const std::string& what)
      : Error(what), pointer_(std::move(pointer)) {}
  const std::string& pointer() const { return pointer_; }

 private:
  std::string pointer_;
};

/// Several mistakes of one input, all reported in one go. what() joins them with newlines. Control
/// characters, which lines may quote from the input, are spelt out: a mistake is one line, and a
/// file does not get to steer the terminal.
class InputErrors : public Error {
 public:
  explicit InputErrors(std::vector<std::string> lines);
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

/// The name among `known` that `word` most likely meant (edit distance at most a third of its
/// length), or "".
std::string closest(const std::string& word, const std::vector<std::string>& known);

}  // namespace dsmsim
