#include "tests/support/command_line.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

namespace {

pid_t start(const Scratch& scratch, std::vector<std::string> words, const std::string& out,
            const std::string& err) {
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    const char* options = getenv("ASAN_OPTIONS");  // as no_leaks in tests/CMakeLists.txt
    const std::string more = options == nullptr ? "" : std::string(options) + ":";
    setenv("ASAN_OPTIONS", (more + "detect_leaks=0").c_str(), 1);
    const bool ready = chdir(scratch.path().c_str()) == 0;
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    if (ready) {
      execv(argv[0], argv.data());
    }
    _exit(127);
  }
  return pid;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

CommandRun run(const Scratch& scratch, const std::vector<std::string>& words, int interrupt_after) {
  const Scratch streams;
  const pid_t pid = start(scratch, words, streams.path() / "out", streams.path() / "err");
  if (interrupt_after > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(interrupt_after));
    kill(pid, SIGINT);
  }
  int status = 0;
  rusage used = {};
  wait4(pid, &status, 0, &used);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), streams.read("out"),
          streams.read("err"), seconds(used.ru_utime) + seconds(used.ru_stime)};
}

std::vector<std::string> words_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {DSMSIM_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

}  // namespace

CommandRun run_dsmsim(const Scratch& scratch, const std::vector<std::string>& arguments) {
  return run(scratch, words_of(arguments), 0);
}

CommandRun run_dsmsim_interrupted(const Scratch& scratch, const std::vector<std::string>& arguments,
                                  int milliseconds) {
  return run(scratch, words_of(arguments), milliseconds);
}

CommandRun run_shell(const Scratch& scratch, const std::string& command) {
  return run(scratch, {"/bin/bash", "-c", "D=" DSMSIM_BINARY "; " + command}, 0);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}
