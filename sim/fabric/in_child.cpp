#include "sim/fabric/in_child.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <system_error>

namespace dsmsim {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// A file that vanishes with its last user.
File scratch_file() {
  File file(std::tmpfile(), &std::fclose);
  if (file == nullptr) {
    throw std::system_error(errno, std::generic_category(), "temporary file");
  }
  return file;
}

void write_all(std::FILE* file, const std::string& bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), file);
  std::fflush(file);
}

std::string read_all(std::FILE* file) {
  std::string bytes;
  std::rewind(file);
  char buffer[1 << 14];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) {
    bytes.append(buffer, count);
  }
  return bytes;
}

enum ExitStatus : int { kDone = 0, kThrew = 1 };

[[noreturn]] void be_child(const std::function<std::string()>& work, std::FILE* result,
                           std::FILE* last_words) {
  // An abort of the child must neither run the parent's handlers nor leave a core file.
  for (const int signal_number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGINT, SIGTERM}) {
    std::signal(signal_number, SIG_DFL);
  }
  const rlimit no_core_dump{0, 0};
  setrlimit(RLIMIT_CORE, &no_core_dump);
  dup2(fileno(last_words), STDOUT_FILENO);
  dup2(fileno(last_words), STDERR_FILENO);
  ExitStatus status = kDone;
  try {
    write_all(result, work());
  } catch (const std::exception& error) {
    status = kThrew;
    write_all(result, error.what());
  }
  _exit(status);  // neither destructors nor exit handlers: they belong to the parent
}

/// The first line that the child wrote to standard error, without SimGrid's "[...] " prefixes.
std::string first_words(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  const std::size_t prefix = line.rfind("] ");
  return prefix == std::string::npos ? line : line.substr(prefix + 2);
}

}  // namespace

std::string detail::run_in_child(const std::function<std::string()>& work) {
  const File result = scratch_file();
  const File last_words = scratch_file();
  const pid_t child = fork();
  if (child < 0) {
    throw std::system_error(errno, std::generic_category(), "fork");
  }
  if (child == 0) {
    be_child(work, result.get(), last_words.get());
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waitpid");
    }
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kDone) {
    return read_all(result.get());
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kThrew) {
    throw ChildFailure(read_all(result.get()));
  }
  const std::string words = first_words(read_all(last_words.get()));
  throw ChildFailure(!words.empty() ? words
                                    : "ended by signal " + std::to_string(WTERMSIG(status)));
}

}  // namespace dsmsim
