#include "sim/experiment/process_pool.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>

#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

struct Child {
  std::size_t job;
  pid_t pid;
  int errors;  ///< read end of the child's standard error
};

/// Ends the process without running what the parent had registered for its own end.
[[noreturn]] void run_child(const ProcessJob& job, int errors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_IGN);  // a Ctrl-C reaches the whole group; the parent decides
  std::signal(SIGTERM, SIG_DFL);
  dup2(errors, STDERR_FILENO);
  close(errors);
  int code = static_cast<int>(ExitCode::ok);
  try {
    job();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    code = static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "out of memory\n");
    code = static_cast<int>(ExitCode::limit);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "internal error: %s\n", error.what());
    code = static_cast<int>(ExitCode::internal);
  }
  std::fflush(nullptr);
  _exit(code);
}

class Pool {
 public:
  explicit Pool(const std::vector<ProcessJob>& jobs) : jobs_(jobs), outcomes_(jobs.size()) {}
  ~Pool() {
    for (const Child& child : children_) {
      kill(child.pid, SIGKILL);
      waitpid(child.pid, nullptr, 0);
      close(child.errors);
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  std::vector<ProcessOutcome> run(std::size_t parallel, const PoolProgress& progress) {
    std::size_t next = 0;
    std::size_t done = 0;
    while (done < jobs_.size()) {
      while (next < jobs_.size() && children_.size() < std::max<std::size_t>(parallel, 1) &&
             start(next)) {
        ++next;
      }
      done += collect();
      progress(done);
    }
    return std::move(outcomes_);
  }

 private:
  /// False where the system has no room for another child as long as these run.
  bool start(std::size_t job) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) {
      return wait_for_room("cannot make a pipe");
    }
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid < 0) {
      const int error = errno;
      close(ends[0]);
      close(ends[1]);
      errno = error;
      return wait_for_room("cannot start a process");
    }
    if (pid == 0) {
      close(ends[0]);
      for (const Child& child : children_) {
        close(child.errors);  // a run may need what files it can have
      }
      run_child(jobs_[job], ends[1]);
    }
    close(ends[1]);
    children_.push_back({job, pid, ends[0]});
    return true;
  }

  /// Few files or processes mean fewer runs at a time, until there are none.
  bool wait_for_room(const std::string& what) const {
    if (children_.empty()) {
      throw Error(what + ": " + std::strerror(errno));
    }
    return false;
  }

  /// Waits a moment for what children print; returns how many of them have ended.
  std::size_t collect() {
    constexpr int kPatience = 100;  // ms
    std::vector<pollfd> polled;
    for (const Child& child : children_) {
      polled.push_back({child.errors, POLLIN, 0});
    }
    if (poll(polled.data(), polled.size(), kPatience) <= 0) {
      return 0;
    }
    std::size_t ended = 0;
    for (std::size_t i = polled.size(); i-- > 0;) {
      if (polled[i].revents != 0 && !read_some(children_[i])) {
        reap(children_[i]);
        children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
        ++ended;
      }
    }
    return ended;
  }

  /// False at the end of the child's output.
  bool read_some(const Child& child) {
    std::array<char, 4096> buffer{};
    const ssize_t count = read(child.errors, buffer.data(), buffer.size());
    if (count > 0) {
      outcomes_[child.job].message.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return count > 0 || (count < 0 && errno == EINTR);
  }

  void reap(const Child& child) {
    close(child.errors);
    int status = 0;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    ProcessOutcome& outcome = outcomes_[child.job];
    while (!outcome.message.empty() && outcome.message.back() == '\n') {
      outcome.message.pop_back();
    }
    if (WIFEXITED(status)) {
      outcome.exit_code = WEXITSTATUS(status);
    } else {
      outcome.exit_code = static_cast<int>(ExitCode::internal);
      outcome.message += outcome.message.empty() ? "" : "\n";
      outcome.message += std::string("ended by signal: ") + strsignal(WTERMSIG(status));
    }
  }

  const std::vector<ProcessJob>& jobs_;
  std::vector<ProcessOutcome> outcomes_;
  std::vector<Child> children_;
};

}  // namespace

std::vector<ProcessOutcome> run_in_processes(const std::vector<ProcessJob>& jobs,
                                             std::size_t parallel, const PoolProgress& progress) {
  return Pool(jobs).run(parallel, progress);
}

}  // namespace dsmsim
