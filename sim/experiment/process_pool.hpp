#pragma once
// Jobs in child processes of their own, a few at a time. SimGrid exists once per process, a run
// that crashes must not take the others along, and cores are used without threads.

#include <functional>
#include <string>
#include <vector>

namespace dsmsim {

struct ProcessOutcome {
  int exit_code = 0;
  std::string message;  ///< what the job printed on standard error, without the last newline
};

/// A job runs in a forked child: it may throw (an Error gives the exit code and the message), and
/// leaves nothing behind but the files that it writes.
using ProcessJob = std::function<void()>;
/// Called in the parent whenever a job has ended and about every tenth of a second in between.
using PoolProgress = std::function<void(std::size_t done)>;

/// The outcomes in the order of the jobs. Where the system lets the process have few files or
/// children, fewer than `parallel` run at a time. Children die with the parent; when `progress`
/// throws (an interrupt), they are killed first.
std::vector<ProcessOutcome> run_in_processes(const std::vector<ProcessJob>& jobs,
                                             std::size_t parallel, const PoolProgress& progress);

}  // namespace dsmsim
