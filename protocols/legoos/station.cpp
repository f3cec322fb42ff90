#include "protocols/legoos/station.hpp"

#include <string>
#include <utility>

#include "sim/base/error.hpp"

namespace dsmsim::legoos {

// ---- all of them

void Stations::add(Station& station, Party party) {
  switch (party) {
    case Party::manager:
      manager_ = &station;
      break;
    case Party::storage:
      storage_ = &station;
      break;
    case Party::memory:
    case Party::caller:
      own_[station.server().index()] = &station;
      break;
  }
}

Station& Stations::for_request(MessageKind kind, NodeId server) const {
  switch (row_of(kind).to) {
    case Party::manager:
      return *manager_;
    case Party::storage:
      return *storage_;
    case Party::memory:
    case Party::caller:
      break;
  }
  return at(server);
}

void Stations::give_up(NodeId server) const {
  for (Station* const station : own_) {
    if (station != nullptr) {
      station->give_up(server);
    }
  }
}

void Stations::check_quiescent() const {
  for (const Station* const station : own_) {
    if (station != nullptr) {
      station->check_quiescent();
    }
  }
  manager_->check_quiescent();
  if (storage_ != nullptr) {
    storage_->check_quiescent();
  }
}

// ---- one

Station::Station(Stations& stations, NodeId server, Service* service, std::uint32_t workers,
                 Party party)
    : stations_(stations), system_(stations.system()), server_(server), service_(service) {
  stations.add(*this, party);
  if (party == Party::memory) {
    system_.fabric.set_receiver(server, this);
  } else {
    receive_for(party);
  }
  for (std::uint32_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    enlist(workers_.back()->caller);
    system_.spawn(work(*workers_.back()));
  }
}

void Station::receive_for(Party party) {
  for (std::size_t i = 0; i < message_count<MessageKind>(); ++i) {
    const auto kind = static_cast<MessageKind>(i);
    if (row_of(kind).to == party) {
      system_.fabric.set_receiver(system_.types[kind], this);
    }
  }
}

void Station::enlist(Caller& caller) {
  caller.number = static_cast<std::uint32_t>(callers_.size());
  callers_.push_back(&caller);
}

// ---- what comes in

/// One polling thread takes message after message; when it is done with the present one.
Time Station::poll() {
  const Duration time = system_.options.costs.poll;
  return polling_.reserve(system_.now(), time) + time;
}

void Station::deliver(const Delivery& delivery) {
  system_.fabric.repost_receive(delivery.to);
  const auto message = delivery.body.as<Message>();
  if (is_reply(message.kind)) {
    answer(message, delivery.from, poll());
  } else {
    enqueue({message, delivery.from, delivery.tally, poll()});
  }
}

void Station::enqueue(const Job& job) {
  Worker& worker = *workers_[turn_];
  turn_ = (turn_ + 1) % static_cast<std::uint32_t>(workers_.size());
  worker.waiting.push_back(job);
  if (worker.phase == Worker::Phase::idle && worker.caller.handle) {
    system_.queue().schedule(job.ready, std::exchange(worker.caller.handle, nullptr));
  }
}

void Station::answer(const Message& message, NodeId from, Time ready) {
  if (message.kind == MessageKind::report_reply || stations_.servers().is_lost(from)) {
    return;  // nobody waits for it
  }
  Caller& caller = *callers_[message.caller];
  if (caller.asked[0] != from && caller.asked[1] != from) {
    throw Error(ExitCode::incoherent, "legoos: server " + std::to_string(server_.value()) +
                                          " gets " + std::string(row_of(message.kind).name) +
                                          ", but waits for nothing of the kind");
  }
  if (message.kind != MessageKind::replica_reply) {
    caller.reply = message;
  }
  strike_out(caller, from, ready);
}

void Station::strike_out(Caller& caller, NodeId server, Time ready) {
  caller.asked[caller.asked[0] == server ? 0 : 1] = NodeId();
  if (caller.is_answered() && caller.handle) {
    system_.queue().schedule(ready + system_.options.costs.wake,
                             std::exchange(caller.handle, nullptr));
  }
}

void Station::give_up(NodeId server) {
  for (Caller* const caller : callers_) {
    const bool waits = caller->asked[0] == server || caller->asked[1] == server;
    // What it has answered may be nowhere else: the log may have been full.
    caller->failed |= waits || (!caller->is_answered() && caller->first == server);
    if (waits) {
      strike_out(*caller, server, system_.now());
    }
  }
}

// ---- what goes out

void Station::ask(Caller& caller, NodeId to, Message message, Tally* tally, Bytes bytes) {
  message.caller = caller.number;
  if (caller.is_answered()) {
    caller.first = to;
    caller.reply = {};
  }
  caller.asked[caller.asked[0].valid() ? 1 : 0] = to;
  if (to == server_) {
    Station& station = stations_.for_request(message.kind, to);
    station.enqueue({message, to, tally, station.poll()});
    return;
  }
  system_.fabric.post({.from = server_,
                       .to = to,
                       .verb = Verb::write_imm,
                       .type = system_.types[message.kind],
                       .payload = Bytes(row_of(message.kind).bytes) + bytes,
                       .data = {message.cause, data_in(message, bytes)},
                       .after = system_.options.costs.send + system_.post(),
                       .tally = tally,
                       .body = message,
                       .content = message.contents});
}

void Station::tell(NodeId to, Message message, Bytes bytes) {
  Caller nobody;
  ask(nobody, to, message, nullptr, bytes);
}

Task<> Station::send(NodeId to, Message message) {
  Fabric::Operation operation =
      system_.fabric.perform({.from = server_,
                              .to = to,
                              .verb = Verb::write_imm,
                              .type = system_.types[message.kind],
                              .payload = Bytes(row_of(message.kind).bytes),
                              .data = {message.cause, data_in(message, {})},
                              .after = system_.options.costs.send,
                              .body = message,
                              .content = message.contents});
  co_await operation;
}

Task<> Station::call(Worker& worker, NodeId to, Message message, Bytes bytes) {
  ask(worker.caller, to, message, worker.job.tally, bytes);
  co_await answered(worker.caller);
  charge(worker.job.tally, Category::handler, system_.now());
}

Task<> Station::reply(Worker& worker, Message message, Bytes bytes) {
  const Job& job = worker.job;
  message.caller = job.message.caller;
  if (job.from == server_) {
    Station& station = stations_.at(server_);
    station.answer(message, server_, station.poll());
    co_return;
  }
  Post post{.from = server_,
            .to = job.from,
            .verb = Verb::write_imm,
            .type = system_.types[message.kind],
            .payload = Bytes(row_of(message.kind).bytes) + bytes,
            .data = {cause_of(job.tally), data_in(message, bytes)},
            .tally = job.tally,
            .body = message,
            .content = message.contents};
  if (system_.options.batch_poll) {
    post.after = system_.post();
    system_.fabric.post(post);
    co_await system_.queue().delay(post.after);
    co_return;
  }
  worker.phase = Worker::Phase::sending;
  Fabric::Operation operation = system_.fabric.perform(post);
  co_await operation;
}

// ---- workers

Task<> Station::work(Worker& worker) {
  struct Idle {
    Worker& worker;
    bool await_ready() const { return !worker.waiting.empty(); }
    void await_suspend(std::coroutine_handle<> handle) const { worker.caller.handle = handle; }
    void await_resume() const {}
  };
  for (;;) {
    co_await Idle{worker};
    worker.job = worker.waiting.front();
    worker.waiting.erase(worker.waiting.begin());
    worker.phase = Worker::Phase::serving;
    co_await system_.queue().until(worker.job.ready);
    charge(worker.job.tally, Category::handler_queue, system_.now());
    co_await service_->serve(worker);
    worker.phase = Worker::Phase::idle;
  }
}

// ---- for a checker

void add(Fingerprint& into, const Message& message) {
  const auto& [kind, regions, cause, caller, owner, file, page, victim, contents, address, length,
               wanted] = message;  // cause measures
  into.add(kind, regions, caller, owner, file, page, victim, contents, address, length, wanted);
}

/// An answer is of interest while another one is awaited; who goes on with it has it in its own
/// state soon. Whom a caller has asked first matters as long.
void add(Fingerprint& into, const Caller& caller) {
  const auto& [number, asked, first, failed, reply, handle] = caller;
  into.add(asked[0], asked[1], failed);
  if (!caller.is_answered()) {
    into.add(first.value());
    add(into, reply);
  }
}

namespace {

void add(Fingerprint& into, const Job& job) {
  const auto& [message, from, tally, ready] = job;  // tally measures, ready is a clock's
  into.add(from.value());
  add(into, message);
}

void add(Fingerprint& into, const Worker& worker) {
  const auto& [caller, phase, job, waiting] = worker;
  into.add(phase, waiting.size());
  add(into, caller);
  if (phase != Worker::Phase::idle) {
    add(into, job);
  }
  for (const Job& next : waiting) {
    add(into, next);
  }
}

}  // namespace

/// Those callers that are not workers are added by who owns them.
void Station::fingerprint(Fingerprint& into) const {
  const auto& [stations, system, server, service, polling, workers, callers, turn] = *this;
  into.add(turn);
  for (const auto& worker : workers) {
    add(into, *worker);
  }
}

void Station::check_quiescent() const {
  for (const auto& worker : workers_) {
    if (worker->phase != Worker::Phase::idle || !worker->waiting.empty()) {
      throw Error(ExitCode::incoherent, "legoos is not at rest: server " +
                                            std::to_string(server_.value()) +
                                            " has requests to work on");
    }
  }
}

}  // namespace dsmsim::legoos
