#include "sim/fabric/in_child.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <new>
#include <system_error>

#include "sim/base/stop.hpp"

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

// Threw is none of the statuses with which libraries and sanitizers end a process.
enum ExitStatus : int { kDone = 0, kThrew = 113 };

/// A child whose parent is gone works for nobody, even if the parent had no time to say so.
void die_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) {
    _exit(kThrew);
  }
}

[[noreturn]] void be_child(const std::function<std::string()>& work, std::FILE* result,
                           std::FILE* last_words) {
  // An abort of the child must neither run the parent's handlers nor leave a core file.
  for (const int signal_number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM}) {
    std::signal(signal_number, SIG_DFL);
  }
  std::signal(SIGINT, SIG_IGN);  // a Ctrl-C reaches the whole group; the parent decides
  const rlimit no_core_dump{0, 0};
  setrlimit(RLIMIT_CORE, &no_core_dump);
  dup2(fileno(last_words), STDOUT_FILENO);
  dup2(fileno(last_words), STDERR_FILENO);
  ExitStatus status = kDone;
  try {
    write_all(result, work());
  } catch (const std::bad_alloc&) {
    status = kThrew;
    write_all(result, "takes more memory than this machine has for it");
  } catch (const std::exception& error) {
    status = kThrew;
    write_all(result, error.what());
  }
  _exit(status);  // neither destructors nor exit handlers: they belong to the parent
}

/// The first line that the child wrote to standard error, without SimGrid's "[...] " prefixes and
/// the rule above a sanitizer's report.
std::string first_words(const std::string& text) {
  const std::size_t start = std::min(text.find_first_not_of("=\n"), text.size());
  std::string line = text.substr(start, text.find('\n', start) - start);
  const std::size_t prefix = line.rfind("] ");
  return prefix == std::string::npos ? line : line.substr(prefix + 2);
}

/// What the process has in memory.
Bytes resident_size(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");  // in pages, it is the second
  std::uint64_t pages = 0;
  file >> pages >> pages;
  return Bytes(pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

/// A child process. One that nobody has waited for is ended.
class ChildProcess {
 public:
  explicit ChildProcess(pid_t pid)
      : pid_(pid), end_{static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0} {}
  ~ChildProcess() {
    if (!ended_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (end_.fd >= 0) {
      close(end_.fd);
    }
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits a moment; whether the child has ended.
  bool has_ended() {
    constexpr int milliseconds = 10;
    poll(&end_, 1, milliseconds);  // without a descriptor (-1) it merely sleeps
    const pid_t ended = waitpid(pid_, &status_, WNOHANG);
    if (ended < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waitpid");
    }
    ended_ = ended == pid_;
    return ended_;
  }
  int status() const { return status_; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
  pollfd end_;
  int status_ = 0;
  bool ended_ = false;
};

/// Waits for the end of the child. The parent watches it, as a child that has run out of memory may
/// be unable to say so, and as one that waits for ever takes no time that the system would limit.
void watch(ChildProcess& child, const ChildLimits& limits) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const Bytes most_memory = resident_size(getpid()) + limits.memory;
  while (!child.has_ended()) {
    stop_if_asked();
    if (resident_size(child.pid()) > most_memory) {
      throw ChildFailure("takes more memory than " + to_string(limits.memory));
    }
    if (std::chrono::duration<double>(Clock::now() - start).count() > limits.time.seconds()) {
      throw ChildFailure("takes longer than " + to_string(limits.time));
    }
  }
}

std::string reason_of_death(int status, const std::string& last_words) {
  std::string words = first_words(last_words);
  if (!words.empty()) {
    return words;
  }
  return WIFSIGNALED(status) ? "ended by signal " + std::to_string(WTERMSIG(status))
                             : "exited with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

std::string detail::run_in_child(const ChildLimits& limits,
                                 const std::function<std::string()>& work) {
  const File result = scratch_file();
  const File last_words = scratch_file();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) {
    throw std::system_error(errno, std::generic_category(), "fork");
  }
  if (pid == 0) {
    die_with(parent);
    be_child(work, result.get(), last_words.get());
  }
  ChildProcess child(pid);
  watch(child, limits);
  const int status = child.status();
  if (WIFEXITED(status) && WEXITSTATUS(status) == kDone) {
    return read_all(result.get());
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kThrew) {
    throw ChildFailure(read_all(result.get()));
  }
  throw ChildFailure(reason_of_death(status, read_all(last_words.get())));
}

}  // namespace dsmsim
