#include "protocols/kona/logs.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/stop.hpp"

namespace dsmsim::kona {

Logs::Logs(System& system, std::size_t servers) : system_(system) {
  for (std::uint32_t i = 1; i < servers; ++i) {
    stop_if_asked();
    logs_.push_back(std::make_unique<CacheLineLog>(NodeId(i), system_.options.log));
    timers_.push_back({this, logs_.back().get()});
  }
}

void Logs::append(CacheLineLog& there, LogEntry entry) {
  if (there.is_lost()) {
    return;
  }
  if (there.unsent() == Bytes()) {
    there.filling_since = system_.queue.now();
  }
  there.append(std::move(entry));
  if (there.unsent() >= system_.options.batch) {
    flush(there);
  } else {
    arm(there);
  }
}

void Logs::flush(CacheLineLog& there) {
  if (there.unsent() == Bytes()) {
    return;
  }
  const LogBatch& batch = there.send();
  ++system_.counters.log_writes;
  CacheLineLog* const log = &there;
  const std::uint64_t end = batch.end;
  const Message message{.number = end};
  const auto arrives = [this, log, end] {
    log->arrive(end);
    system_.workers[log->node().index()]->submit({.from = kCompute,
                                                  .to = log->node(),
                                                  .verb = Verb::write,
                                                  .type = system_.types[MessageKind::log],
                                                  .payload = log->batch(end).size,
                                                  .tally = nullptr,
                                                  .body = Message{.number = end}});
  };
  system_.fabric.post({.from = kCompute,
                       .to = there.node(),
                       .verb = Verb::write,
                       .type = system_.types[MessageKind::log],
                       .payload = batch.size,
                       .data = batch.data,
                       .after = system_.fabric.nic().post,
                       .effect = Effect(arrives),
                       .body = message});
  if (system_.mutated("kona.reuse_before_ack")) {
    there.forget_space(batch);
  }
}

void Logs::acknowledge(CacheLineLog& there, std::uint64_t end) {
  if (!there.is_lost()) {
    there.acknowledge(end);
    wake(there);
  }
}

void Logs::lose(NodeId node) {
  to(node).lose();
  wake(to(node));
}

void Logs::wake(CacheLineLog& there) {
  there.room.wake(system_.queue);
  there.settled.wake(system_.queue);
}

// ---- the timeout of a batch

void Logs::arm(CacheLineLog& there) {
  if (there.timer_armed) {
    return;
  }
  there.timer_armed = true;
  there.timed = there.next_batch();
  const Time due = there.filling_since + system_.options.batch_timeout;
  system_.queue.schedule(std::max(due, system_.queue.now()), &Logs::timeout,
                         &timers_[there.node().index() - 1]);
}

/// Of the batch that was being filled when it was armed. If that has left already, the next one
/// gets the rest of its own time.
void Logs::timeout(void* timer) {
  const auto& [logs, log] = *static_cast<Timer*>(timer);
  log->timer_armed = false;
  if (log->unsent() == Bytes()) {
    return;
  }
  if (log->timed == log->next_batch()) {
    logs->flush(*log);
  } else {
    logs->arm(*log);
  }
}

}  // namespace dsmsim::kona
