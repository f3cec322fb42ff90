#include "sim/fabric/faults.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/fabric/work_request.hpp"

namespace dsmsim {

// ---- what is broken

Duration Faults::draw_delay() {
  Duration sum;
  for (const Delay& delay : delays_) {
    if (random_.chance(delay.rate)) {
      sum += delay.by;
    }
  }
  counters_.delayed += sum > Duration() ? 1 : 0;
  return sum;
}

bool Faults::draw_loss() { return loss_ > 0 && random_.chance(loss_); }

void Faults::before_arrival(MessageTypeId type, std::uint64_t number, Function function,
                            void* argument) {
  awaited_.push_back({type, number, function, argument});
}

void Faults::arrives(MessageTypeId type) {
  for (Awaited& awaited : awaited_) {
    if (awaited.type == type && awaited.left > 0 && --awaited.left == 0) {
      awaited.function(awaited.argument);
    }
  }
}

// ---- what the fabric does about it

Faults& Fabric::faults() {
  if (faults_ == nullptr) {
    faults_ =
        std::make_unique<Faults>(servers(), ports_.size(), simulation_.random("fabric.faults"));
  }
  return *faults_;
}

void Fabric::crash(NodeId server) {
  faults().crash(server);
  if (holds_messages_) {
    crash_held(server);
  }
}

void Fabric::stall(NodeId server, Duration duration) {
  Nic& nic = nics_[server.index()];
  for (FifoServer* const engine : {&nic.outbound, &nic.inbound, &nic.atomics}) {
    engine->free_at = std::max(engine->free_at, queue_.now()) + duration;
  }
}

bool Fabric::sender_has_crashed(const WorkRequest& request) const {
  return has_crashed(request.responding ? request.post.to : request.post.from);
}

void Fabric::stop_sending(WorkRequest& request) {
  let_next_send(request);
  give_up(request);
}

/// Whether the message can be sent now. Else it is tried again, or never comes.
bool Fabric::can_leave(WorkRequest& request) {
  if (sender_has_crashed(request)) {
    stop_sending(request);
    return false;
  }
  if (!request.delayed) {
    request.delayed = true;
    if (const Duration by = faults_->draw_delay(); by > Duration()) {
      queue_.schedule(queue_.now() + by, &run_step<&Fabric::try_again>, &request);
      return false;
    }
  }
  if (faults_->is_down(request.path())) {
    send_again(request);
    return false;
  }
  request.delayed = false;
  request.sent_again = 0;
  return true;
}

/// Nobody acknowledges it: the sender will notice when its timer goes off.
void Fabric::send_again(WorkRequest& request) {
  if (request.post.verb == Verb::send_ud) {
    ++faults_->counters().datagrams_lost;
    if (request.waiter != nullptr) {  // it was sent, for all that its sender knows
      queue_.schedule(queue_.now() + profile_.dma_write, request.waiter->handle_);
    }
    let_next_send(request);
    give_back(request);
    return;
  }
  const Time then = queue_.now() + profile_.resend_after();
  if (request.sent_again == profile_.retry_count) {
    let_next_send(request);
    queue_.schedule(then, &run_step<&Fabric::fail>, &request);
    return;
  }
  ++request.sent_again;
  ++faults_->counters().sent_again;
  queue_.schedule(then, &run_step<&Fabric::try_again>, &request);
}

void Fabric::try_again(WorkRequest& request) {
  charge(request.post.tally, Category::wire, queue_.now());
  transmit(request);
}

/// The message does not leave; the one behind it may.
void Fabric::let_next_send(WorkRequest& request) {
  Stream& stream = request.stream();
  stream.busy = !stream.waiting.empty();
  if (stream.busy) {
    queue_.schedule(queue_.now(), &run_step<&Fabric::transmit>, &stream.waiting.pop());
  }
}

bool Fabric::reaches_nobody(const Post& post) const {
  return faults_->has_crashed(post.to) || faults_->is_closed(post.to, post.from);
}

/// Whether the message takes effect at its target.
bool Fabric::takes_effect(WorkRequest& request) {
  const Post& post = request.post;
  const bool datagram = post.verb == Verb::send_ud;
  if (!has_crashed(post.to)) {
    faults_->arrives(post.type);  // which may be the moment of a crash
  }
  if (reaches_nobody(post)) {
    datagram ? give_back(request) : give_up(request);
    return false;
  }
  if (datagram && faults_->draw_loss()) {
    ++faults_->counters().datagrams_lost;
    give_back(request);
    return false;
  }
  return true;
}

/// One of the two servers has crashed. If it is the target, the requester will have an error
/// completion: at once from a server that is back and does not know the connection (its connection
/// manager says so: assumed), else when the request was sent often enough.
void Fabric::give_up(WorkRequest& request) {
  const Post& post = request.post;
  if (has_crashed(post.from)) {
    return;  // its completion queue is gone; the request stays in the queue pair
  }
  if (faults_->has_restarted(post.to)) {
    const Duration refusal =
        profile_.tx + latency(request.pair->backward) + profile_.rx + profile_.dma_write;
    queue_.schedule(queue_.now() + refusal, &run_step<&Fabric::fail>, &request);
  } else {
    queue_.schedule(queue_.now() + profile_.resend_after(), &run_step<&Fabric::send_in_vain>,
                    &request);
  }
}

void Fabric::send_in_vain(WorkRequest& request) {
  if (request.sent_again == profile_.retry_count) {
    fail(request);
    return;
  }
  ++request.sent_again;
  ++faults_->counters().sent_again;
  give_up(request);
}

/// What found no receive posted will never find one.
void Fabric::give_up_unserved(QueuePair& pair) {
  while (!pair.unserved.empty()) {
    give_up(pair.unserved.pop());
  }
}

/// The error completion.
void Fabric::fail(WorkRequest& request) {
  const Post post = request.post;
  if (has_crashed(post.from)) {
    return;
  }
  charge(post.tally, Category::wire, queue_.now());
  request.result = kFailed;
  request.delayed = false;
  request.sent_again = 0;
  if (post.verb != Verb::send_ud) {
    if (failures_ == nullptr) {
      throw std::logic_error("a request has failed and nobody listens");
    }
    failures_->request_failed(post);
  }
  Operation* const waiter = request.waiter;
  if (!holds_messages_ && (returns_data(post.verb) || waiter != nullptr)) {
    complete(request);  // in its turn
    return;
  }
  give_back(request);
  if (waiter != nullptr) {
    waiter->result_ = kFailed;
    waiter->handle_.resume();
  }
}

}  // namespace dsmsim
