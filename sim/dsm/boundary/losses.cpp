// Crashes, as a World lives through them.

#include "sim/dsm/boundary/losses.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/inspection.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {
namespace {

/// Answers no operation: who asks waits for ever.
class Nobody final : public OpHandler {
 public:
  MaybeDuration try_local(Thread&, Op&) override { return std::nullopt; }
  Task<> perform(Thread&, Op&) override { co_await std::suspend_always(); }
};

constexpr std::size_t kMostNamed = 16;

/// "3, 4, 7 and 12 more"
template <class T>
std::string list(const std::vector<T>& ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size() && i < kMostNamed; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(ids[i].value());
  }
  return ids.size() > kMostNamed
             ? text + " and " + std::to_string(ids.size() - kMostNamed) + " more"
             : text;
}

std::string server_name(NodeId server) { return "server " + std::to_string(server.value()); }

}  // namespace

void World::crash(NodeId server) {
  Crash crash{server, simulation().now(), {}, {}, {}};
  if (const Inspection* inspection = engine_.inspection()) {
    crash.objects = inspection->lost_with(server);
    crash.files = inspection->files_lost_with(server);
  }
  cluster_.fabric().crash(server);
  losses_.crashes.push_back(std::move(crash));
  for (const auto& thread : threads_) {
    if (thread->node() == server && !thread->has_ended() && !thread->is_lost()) {
      lose_with_server(*thread);
    }
  }
}

void World::notice_crash(NodeId server) {
  if (running_ > 0 && !goes_on_without(server)) {
    give_up("at " + to_string(simulation().now()) + " the failure detector tells that " +
            server_name(server) + " has crashed, and the protocol does not do without it");
  }
}

/// Of servers that crash, each does so once: restarted, it has no threads.
void World::lose_with_server(Thread& thread) {
  const auto with_it = [&](const Crash& crash) { return crash.server == thread.node(); };
  std::find_if(losses_.crashes.begin(), losses_.crashes.end(), with_it)
      ->threads.push_back(thread.id());
  lose(thread, thread.node());
}

void World::lose(Thread& thread, NodeId server) {
  if (nobody_ == nullptr) {
    nobody_ = std::make_unique<Nobody>();
  }
  if (!thread.is_lost()) {
    thread.lose(*nobody_, server);
    --running_;
    if (told_[server.index()]) {
      tell_of_loss(thread);
    }
  }
}

void World::tell_of_loss(NodeId server) {
  told_[server.index()] = true;
  // NOLINTNEXTLINE(modernize-loop-convert): who is told may start threads
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (threads_[i]->lost_with() == server) {
      tell_of_loss(*threads_[i]);
    }
  }
}

void World::tell_of_loss(Thread& thread) {
  launcher_.report_loss(thread.id());
  channels_.report_loss(thread.id());
  thread.settled_.open();
  for (LossListener* const listener : listeners_) {
    listener->lost(thread.id());
  }
}

void World::add_sender(ChannelId channel, ThreadId sender) {
  channels_.add_sender(channel, sender);
  if (knows_lost(sender)) {
    channels_.report_loss(sender);
  }
}

void World::request_failed(const Post& post) {
  const std::string type = cluster_.fabric().ledger().types()[post.type.index()].name;
  losses_.failed.push_back({type, post.from, post.to, simulation().now()});
  if (!goes_on_without(post.to)) {
    give_up("a request failed, and the protocol does not do without " + server_name(post.to));
  }
}

bool World::goes_on_without(NodeId server) {
  const bool does = engine_.goes_on_without(server);
  done_without_[server.index()] = does;
  return does;
}

/// What the program has measured is a result only if it has come to its end itself, and if the work
/// of the threads that were lost is undone by the protocol's own rules.
void World::check_survived() const {
  if (running_ > 0) {
    give_up("nothing is left to happen");
  }
  if (thread(main_).is_lost()) {
    give_up("the program's main thread is lost with " + server_name(thread(main_).node()) +
            ", and with it the result");
  }
  for (const Crash& crash : losses_.crashes) {
    if (!crash.threads.empty() && !done_without_[crash.server.index()]) {
      give_up("threads of the program are lost with " + server_name(crash.server) +
              ", and the protocol has not done without it");
    }
  }
  if (measured() <= Duration()) {
    give_up("the program has ended and measured no time");
  }
}

void World::give_up(const std::string& why) const {
  throw Error(ExitCode::lost, why + "\n" + describe_losses());
}

std::string World::describe_losses() const {
  std::string text;
  for (const Crash& crash : losses_.crashes) {
    text += "at " + to_string(crash.at) + ": " + server_name(crash.server) + " crashed\n";
    if (!crash.threads.empty()) {
      text += "  threads lost with it: " + list(crash.threads) + "\n";
    }
    text += crash.objects.empty() ? "  no object lost with it\n"
                                  : "  objects lost with it: " + list(crash.objects) + "\n";
    if (!crash.files.empty()) {
      text += "  files of which something is lost with it: " + list(crash.files) + "\n";
    }
  }
  for (const FailedRequest& request : losses_.failed) {
    text += "at " + to_string(request.at) + ": " + request.type + " from " +
            server_name(request.from) + " to " + server_name(request.to) + " failed\n";
  }
  std::vector<ThreadId> ended;
  std::vector<ThreadId> at_work;
  std::string waits;
  for (const auto& thread : threads_) {
    if (thread->has_ended()) {
      ended.push_back(thread->id());
    } else if (!thread->is_lost()) {
      const std::string resource = thread->waiting_for();
      if (resource.empty()) {
        at_work.push_back(thread->id());
      } else {
        waits += thread_name(thread->id(), thread->node()) + " waits for " + resource + "\n";
      }
    }
  }
  text += "threads that have finished: " + (ended.empty() ? "none" : list(ended)) + "\n";
  if (!at_work.empty()) {
    text += "threads at work: " + list(at_work) + "\n";
  }
  return text + waits;
}

}  // namespace dsmsim
