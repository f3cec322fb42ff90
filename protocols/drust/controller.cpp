#include "protocols/drust/controller.hpp"

#include <algorithm>

#include "sim/dsm/boundary/world.hpp"

namespace dsmsim::drust {

namespace {

constexpr std::uint64_t kNobody = std::numeric_limits<std::uint64_t>::max();
/// Servers that a question can name.
constexpr std::uint32_t kNameable = 64;

}  // namespace

Controller::Controller(Runtime& runtime, Objects& objects, Heap& heap, EventLog& log)
    : runtime_(runtime),
      objects_(objects),
      heap_(heap),
      log_(log),
      views_(runtime.servers()),
      samples_(runtime.servers()) {}

// ---- pings

void Controller::wake(World& world) {
  if (exists() && !watching_ && options().period > Duration()) {
    watching_ = true;
    runtime_.cluster().simulation().spawn(watch(world));
  }
}

/// While nothing else is to happen there is nothing to watch, and nothing to wait for.
Task<> Controller::watch(World& world) {
  for (;;) {
    {
      const World::Standby standby(world);
      co_await runtime_.queue().delay(options().period);
    }
    if (world.is_idle()) {
      break;
    }
    if (awaited_ == 0) {
      ping_all();
    }
  }
  watching_ = false;
}

void Controller::ping_all() {
  awaited_ = 0;
  Sender sender{self()};
  for (std::uint32_t i = 0; i < runtime_.servers(); ++i) {
    views_[i].asked = !runtime_.lost().contains(NodeId(i));
    awaited_ += views_[i].asked ? 1 : 0;
    if (NodeId(i) != self() && views_[i].asked) {
      runtime_.send(sender, NodeId(i), MessageKind::ping, runtime_.options().control, Body());
    }
  }
  learn(self(), sample(self()));
}

void Controller::forget(NodeId lost) {
  if (std::exchange(views_[lost.index()].asked, false) && --awaited_ == 0) {
    decide();
  }
}

/// At the server.
Controller::Pong Controller::sample(NodeId server) {
  Cpu& cpu = runtime_.cluster().cpu(server);
  const Time now = runtime_.queue().now();
  Sample& last = samples_[server.index()];
  const double time = (now - last.at).seconds() * static_cast<double>(cpu.cores());
  const double busy = (cpu.busy() - last.busy).seconds();
  last = {now, cpu.busy()};
  return {time > 0 ? busy / time : 0.0, heap_.used(server), cpu.threads()};
}

void Controller::learn(NodeId server, const Pong& pong) {
  views_[server.index()] = {pong.cpu, pong.memory, pong.threads};
  log_.add({.at = runtime_.queue().now(),
            .event = "sample",
            .server = server,
            .numbers = {{"cpu", pong.cpu},
                        {"memory_bytes", static_cast<double>(pong.memory.count())},
                        {"memory", memory_share(pong.memory)},
                        {"threads", static_cast<double>(pong.threads)}}});
  if (--awaited_ == 0) {
    decide();
  }
}

// ---- questions

Task<NodeId> Controller::server_for_thread(Thread& thread) {
  const std::uint64_t found = co_await ask(
      thread,
      {.call = 0, .full = 0, .want = Want::thread, .asking = thread.node().value(), .size = {}});
  co_return NodeId(static_cast<std::uint32_t>(found));
}

Task<NodeId> Controller::server_for_memory(Thread& thread, Bytes size,
                                           const std::set<NodeId>& full) {
  std::uint64_t bits = 0;
  for (const NodeId server : full) {
    bits |= server.value() < kNameable ? std::uint64_t{1} << server.value() : 0;
  }
  const std::uint64_t found = co_await ask(thread, {.call = 0,
                                                    .full = bits,
                                                    .want = Want::memory,
                                                    .asking = thread.node().value(),
                                                    .size = size});
  co_return found == kNobody ? NodeId() : NodeId(static_cast<std::uint32_t>(found));
}

Task<std::uint64_t> Controller::ask(Thread& thread, Question question) {
  ++runtime_.counters().controller_questions;
  if (thread.node() == self()) {
    co_await runtime_.spend(thread, Category::cpu, runtime_.costs().decision);
    co_return answer(question);
  }
  const Sender sender{thread.node()};
  co_return co_await runtime_.call(thread, sender, self(), MessageKind::ask, question);
}

std::uint64_t Controller::answer(const Question& question) {
  const NodeId found = question.want == Want::thread ? fewest_threads(NodeId(question.asking))
                                                     : most_memory(question.size, question.full);
  if (!found.valid()) {
    return kNobody;
  }
  if (question.want == Want::memory) {
    views_[found.index()].memory = views_[found.index()].memory + question.size;
  }
  return found.value();
}

/// By the table of threads, which knows those that have started since the last ping. Who asks has
/// no core left, so another server is as good.
NodeId Controller::fewest_threads(NodeId asking) const {
  std::vector<std::size_t> threads(views_.size());
  runtime_.threads().for_each(
      [&](ThreadId, const ThreadEntry& entry) { ++threads[entry.server.index()]; });
  NodeId best = asking;
  for (std::uint32_t i = 0; i < threads.size(); ++i) {
    const std::size_t least = threads[best.index()];
    const bool fewer = threads[i] < least || (best == asking && threads[i] == least);
    if (fewer && !runtime_.lost().contains(NodeId(i))) {
      best = NodeId(i);
    }
  }
  return best;
}

NodeId Controller::most_memory(Bytes size, std::uint64_t full) const {
  NodeId best;
  for (std::uint32_t i = 0; i < views_.size(); ++i) {
    const bool refused =
        (i < kNameable && ((full >> i) & 1) != 0) || runtime_.lost().contains(NodeId(i));
    if (!refused && views_[i].memory + size <= heap_.partition() &&
        (!best.valid() || views_[i].memory < views_[best.index()].memory)) {
      best = NodeId(i);
    }
  }
  return best;
}

// ---- messages

void Controller::handle_ping(const Delivery& message, Sender& here) {
  runtime_.send(here, message.from, MessageKind::pong, runtime_.options().control,
                sample(here.node));
}

void Controller::handle_pong(const Delivery& message) {
  learn(message.from, message.body.as<Pong>());
}

void Controller::handle_ask(const Delivery& message, Sender& here) {
  const auto question = message.body.as<Question>();
  here.spent += runtime_.costs().decision;
  runtime_.send(here, message.from, MessageKind::told, runtime_.options().control,
                ReplyBody{question.call, answer(question)}, message.tally);
}

void Controller::handle_order(const Delivery& message, Sender& here) {
  obey(here, message.body.as<Order>());
}

void Controller::handle_moved(const Delivery& message) {
  const auto moved = message.body.as<Order>();
  settle(moved.thread, moved.server);
}

/// At the server of a thread that has to move.
void Controller::obey(Sender& here, const Order& order) {
  Thread* const thread = runtime_.threads()[order.thread].thread;
  if (thread == nullptr || !thread->ask_to_move(order.server)) {
    report_move(here, order.thread, here.node);
  }
}

void Controller::report_move(Sender& from, ThreadId thread, NodeId server) {
  if (from.node == self()) {
    settle(thread, server);
  } else {
    runtime_.send(from, self(), MessageKind::moved, runtime_.options().control,
                  Order{thread, server});
  }
}

/// At the controller: the thread is there, and stays for a while.
void Controller::settle(ThreadId thread, NodeId server) {
  ThreadEntry& entry = runtime_.threads()[thread];
  entry.server = server;
  entry.ordered = false;
  entry.settled = runtime_.queue().now() + options().cooldown;
}

}  // namespace dsmsim::drust
