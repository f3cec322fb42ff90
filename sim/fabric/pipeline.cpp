// The way of a request through the pipeline. Fixed latencies tx and rx are added where the request
// has left the queue that follows them: a constant delay may stand before or behind a FIFO queue
// without changing what anybody waits.

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/fabric/work_request.hpp"

namespace dsmsim {

Duration Fabric::latency(const Path& path) const {
  Duration sum;
  for (const LinkId link : path) {
    sum += ports_[link.index()].latency;
  }
  return sum;
}

void Fabric::start(WorkRequest& request) {
  const Post& post = request.post;
  if (faults_ != nullptr && faults_->has_crashed(post.from)) [[unlikely]] {
    give_back(request);
    return;
  }
  Bytes wire = request.wire;
  if (request.waiter != nullptr || returns_data(post.verb)) {
    wire += response_wire_bytes(profile_.framing, post.verb, post.payload, profile_.mtu);
  }
  ledger_.record(post.type, post.from, post.to, post.payload, wire, post.data);
  if (holds_messages_) {
    request.pair->arriving.push(request);
    return;
  }
  if (post.after == Duration{}) {
    reach_nic(request);
  } else {
    queue_.schedule(queue_.now() + post.after, &run_step<&Fabric::reach_nic>, &request);
  }
}

void Fabric::reach_nic(WorkRequest& request) {
  charge(request.post.tally, Category::cpu, queue_.now());
  QueuePair& pair = *request.pair;
  // A send queue is worked on in order: a READ that must wait for the window holds up what is
  // behind it.
  if (!pair.held.empty() ||
      (returns_data(request.post.verb) && pair.reading >= profile_.max_rd_atomic)) {
    pair.held.push(request);
    return;
  }
  issue(request);
}

void Fabric::issue(WorkRequest& request) {
  const Post& post = request.post;
  QueuePair& pair = *request.pair;
  Duration busy;
  if (returns_data(post.verb)) {
    ++pair.reading;
    busy = profile_.queue_pair_read.fixed;  // what grows with the size burdens the responder
  } else {
    busy = profile_.queue_pair_write.of(post.payload);
    if (!request.inlined) {
      busy = std::max(busy, profile_.queue_pair_fetched);
    }
  }
  if (returns_data(post.verb) || (request.waiter != nullptr && post.verb != Verb::send_ud)) {
    pair.incomplete.push(request);
  }
  const Time begin = pair.engine.reserve(queue_.now(), busy);
  const bool would_overtake = begin == pair.issued;
  pair.issued = begin;
  if (begin == queue_.now() && !would_overtake) {
    leave_engine(request);
  } else {
    queue_.schedule(begin, &run_step<&Fabric::leave_engine>, &request);
  }
}

void Fabric::leave_engine(WorkRequest& request) {
  const Post& post = request.post;
  Nic& nic = nics_[post.from.index()];
  Time ready = nic.outbound.reserve(queue_.now(),
                                    returns_data(post.verb) ? nic.read_service : nic.write_service);
  charge(post.tally, Category::nic_queue, ready);
  if (request.inlined) {
    const double beyond_wire = profile_.inline_cost.ns() - data_.port.ns();
    ready += PerByte::ns_per_byte(std::max(0.0, beyond_wire)) * post.payload;
  } else if (!returns_data(post.verb) && post.payload > Bytes(0)) {
    ready += profile_.dma_read + data_.crossing.of(post.payload);
  }
  charge(post.tally, Category::pcie, ready);
  Stream& stream = request.pair->requests;
  const bool would_overtake = ready <= stream.ready;
  stream.ready = ready = std::max(ready, stream.ready);
  charge(post.tally, Category::nic_queue, ready);
  if (ready == queue_.now() && !would_overtake) {
    reach_port(request);
  } else {
    queue_.schedule(ready, &run_step<&Fabric::reach_port>, &request);
  }
}

void Fabric::reach_port(WorkRequest& request) {
  Stream& stream = request.stream();
  if (stream.busy) {
    stream.waiting.push(request);
  } else {
    transmit(request);
  }
}

void Fabric::transmit(WorkRequest& request) {
  charge(request.post.tally, Category::nic_queue, queue_.now());
  request.stream().busy = true;
  if (faults_ != nullptr && !can_leave(request)) [[unlikely]] {
    return;
  }
  if (flows(request.data)) {
    if (request.stream().crossing == 0) {
      start_flow(request);
    } else {
      request.stream().next_flow = &request;
    }
  } else {
    next_slice(request);
  }
}

void Fabric::next_slice(WorkRequest& request) {
  if (faults_ != nullptr && sender_has_crashed(request)) [[unlikely]] {
    stop_sending(request);
    return;
  }
  const Bytes left = request.data - request.sent;
  Slice& slice = request.data <= profile_.mtu ? request.only : slices_.take();
  slice.request = &request;
  slice.bytes = std::min(left, profile_.mtu);
  slice.last = left <= profile_.mtu;
  slice.position = 0;
  request.stream().crossing += slice.last && request.stream().unshared_links ? 1U : 0U;
  slice.tail = queue_.now();
  request.sent += slice.bytes;
  const bool last = slice.last;
  hop(slice);
  if (last) {
    finish_sending(request);
  } else {
    queue_.schedule(free_at(request, 0), &run_step<&Fabric::next_slice>, &request);
  }
}

/// The last byte has been given to the first port: the next message of the same direction of the
/// queue pair may follow.
void Fabric::finish_sending(WorkRequest& request) {
  Stream& stream = request.stream();
  stream.busy = false;
  if (request.post.verb == Verb::send_ud && request.waiter != nullptr) {
    const Time sent = std::max(queue_.now(), free_at(request, 0));
    queue_.schedule(sent + profile_.dma_write, request.waiter->handle_);
    request.waiter = nullptr;
  }
  if (!stream.waiting.empty()) {
    transmit(stream.waiting.pop());
  }
}

/// When the next slice of the message's queue pair can start at a port of its path: at a link that
/// is not shared, the messages of each queue pair have a port to themselves.
Time& Fabric::free_at(WorkRequest& request, std::size_t position) {
  Port& port = ports_[request.path()[position].index()];
  return port.shared ? port.free_at : request.stream().own_ports[position];
}

/// All slices of a message have crossed the network, over links that do not know how long a queue
/// pair keeps them busy. A flow that follows must not be on them at the same time.
void Fabric::end_crossing(WorkRequest& request, Time tail) {
  Stream& stream = request.stream();
  if (--stream.crossing == 0 && stream.next_flow != nullptr) {
    const Time left = tail - latency(request.path());
    queue_.schedule(std::max(left, queue_.now()), &run_step<&Fabric::start_flow>,
                    std::exchange(stream.next_flow, nullptr));
  }
}

void Fabric::hop(Slice& slice) {
  WorkRequest& request = *slice.request;
  const Path& path = request.path();
  Port& port = ports_[path[slice.position].index()];
  const bool first = slice.position == 0;
  const bool last = slice.position + 1U == path.size();
  const Bytes header =
      request.data > profile_.mtu ? packet_header(profile_.framing) : request.wire - request.data;
  Duration service = port.cost * slice.bytes;
  if (first || last) {
    service = std::max(service, data_path(request).port * slice.bytes);
  }
  // Headers occupy the port, but the latency of one is within the NIC's fitted tx and rx.
  const Duration occupancy = std::max(service, port.cost * (slice.bytes + header));
  const Time now = queue_.now();
  Time& free = free_at(request, slice.position);
  Time start = std::max(now, free);
  if (port.shared && port.flows != 0) {
    start += (port.cost * (profile_.mtu + packet_header(profile_.framing))) *
             flows_joining(path, slice.position);
  }
  // In its first port every slice waits for its turn; behind it only the last one is waited for.
  Tally* const tally = first || slice.last ? request.post.tally : nullptr;
  charge(tally, Category::wire, now);
  charge(tally, first ? Category::nic_queue : Category::switch_queue, start);
  const Time end = std::max(start + service, slice.tail);
  free = std::max(start + occupancy, end);
  slice.tail = end + port.latency;
  if (!last) {
    ++slice.position;
    queue_.schedule(
        start + port.latency,
        [](void* p) {
          auto& next = *static_cast<Slice*>(p);
          next.request->fabric->hop(next);
        },
        &slice);
    return;
  }
  const Time tail = slice.tail;
  const bool whole = slice.last;
#ifdef DSMSIM_CONTRACTS
  expects(!port.shared || port.last_tail <= tail, "slices arrive in the order of their ports");
  port.last_tail = tail;
#endif
  if (whole && request.stream().unshared_links) [[unlikely]] {
    end_crossing(request, tail);
  }
  if (&slice != &request.only) {
    slices_.give_back(slice);
  }
  if (whole) {
    request.responding ? arrive_response(request, tail) : arrive(request, tail);
  }
}

/// NIC-wide occupancy of the target by a request that is not an atomic.
Duration Fabric::inbound_service(Verb verb) const {
  return verb == Verb::read    ? profile_.inbound_read
         : verb == Verb::write ? profile_.inbound_write
                               : profile_.inbound_receive;
}

/// From the arrival of a request to its effect on the target's memory.
Duration Fabric::memory_time(const WorkRequest& request) const {
  const Post& post = request.post;
  if (is_atomic(post.verb)) {
    return profile_.dma_read + read_data_.crossing.of(kAtomicBytes) + profile_.atomic;
  }
  if (post.verb == Verb::read) {
    return profile_.dma_read + read_data_.crossing.of(post.payload);
  }
  return profile_.dma_write + (request.inlined ? Duration{} : data_.crossing.of(post.payload)) +
         (is_two_sided(post.verb) ? profile_.receive : Duration{});
}

void Fabric::arrive(WorkRequest& request, Time tail) {
  const Post& post = request.post;
  Nic& nic = nics_[post.to.index()];
  QueuePair& pair = *request.pair;
  charge(post.tally, Category::wire, tail);
  // A flow, or a message over a link of its own, may come before packets that have their turn.
  Time at = is_atomic(post.verb) ? nic.atomics.reserve_in_turn(tail, profile_.inbound_atomic)
                                 : nic.inbound.reserve_in_turn(tail, inbound_service(post.verb));
  if (post.verb == Verb::read) {
    const QueuePairCost& cost = profile_.queue_pair_read;
    at = pair.responder.reserve_in_turn(at, cost.base + cost.per_byte * post.payload);
  } else if (is_atomic(post.verb)) {
    at = pair.responder.reserve_in_turn(at, profile_.queue_pair_atomic);
  }
  charge(post.tally, Category::nic_queue, at);
  at += profile_.tx + profile_.rx;
  charge(post.tally, Category::wire, at);
  request.acknowledged_at = at;
  at += memory_time(request);
  charge(post.tally, Category::pcie, at);
  pair.executed = at = std::max(at, pair.executed);
  charge(post.tally, Category::nic_queue, at);
  queue_.schedule(at, &run_step<&Fabric::execute>, &request);
}

void Fabric::execute(WorkRequest& request) {
  const Post& post = request.post;
  const bool reliable = post.verb != Verb::send_ud;
  if (faults_ != nullptr && !takes_effect(request)) [[unlikely]] {
    return;
  }
  QueuePair& pair = *request.pair;
  if (reliable && !pair.unserved.empty()) {
    pair.unserved.push(request);
    return;
  }
  if (is_two_sided(post.verb) && nics_[post.to.index()].receives <= 0) {
    if (reliable) {
      ++receiver_not_ready_;
      pair.unserved.push(request);
      queue_.schedule(queue_.now() + profile_.rnr_delay, &run_step<&Fabric::find_receive>,
                      &request);
    } else {
      ++dropped_;
      give_back(request);
    }
    return;
  }
  carry_out(request);
}

/// The first of those that found no receive, or stand behind one that did not, comes again.
void Fabric::find_receive(WorkRequest& request) {
  const Post& post = request.post;
  charge(post.tally, Category::nic_queue, queue_.now());
  if (faults_ != nullptr && reaches_nobody(post)) [[unlikely]] {
    give_up_unserved(*request.pair);
    return;
  }
  if (is_two_sided(post.verb) && nics_[post.to.index()].receives <= 0) {
    ++receiver_not_ready_;
    queue_.schedule(queue_.now() + profile_.rnr_delay, &run_step<&Fabric::find_receive>, &request);
    return;
  }
  WorkRequest::Queue& unserved = request.pair->unserved;
  unserved.pop();
  if (!unserved.empty()) {
    queue_.schedule(queue_.now(), &run_step<&Fabric::find_receive>, &unserved.front());
  }
  request.acknowledged_at = queue_.now();
  carry_out(request);
}

void Fabric::carry_out(WorkRequest& request) {
  request.result = request.post.effect();
  if (returns_data(request.post.verb)) {
    respond(request);
    return;
  }
  if (request.waiter != nullptr) {
    acknowledge(request);
  }
  if (is_two_sided(request.post.verb)) {
    hand_over(request);
  } else if (request.waiter == nullptr) {
    give_back(request);
  }
}

/// The acknowledgement left when the last packet had come; it is too small to queue.
void Fabric::acknowledge(WorkRequest& request) {
  const Time back = request.acknowledged_at + profile_.tx + profile_.rx + profile_.dma_write +
                    latency(request.pair->backward);
  const Time at = std::max(queue_.now(), back);
  if (!is_two_sided(request.post.verb)) {  // else the receiver goes on with the tally
    charge(request.post.tally, Category::wire, at);
  }
  queue_.schedule(at, &run_step<&Fabric::complete>, &request);
}

void Fabric::hand_over(WorkRequest& request) {
  const Post& post = request.post;
  const Delivery delivery{post.from,    post.to,    post.verb, post.type,
                          post.payload, post.tally, post.body};
  if (request.waiter == nullptr) {
    give_back(request);
  }
  const std::size_t type = delivery.type.index();
  Nic& nic = nics_[delivery.to.index()];
  Receiver* receiver = type < receivers_by_type_.size() ? receivers_by_type_[type] : nullptr;
  receiver = receiver != nullptr ? receiver : nic.receiver;
  if (receiver == nullptr) {
    throw std::logic_error("a message for server " + std::to_string(delivery.to.value()) +
                           ", which nobody receives for");
  }
  --nic.receives;
  receiver->deliver(delivery);
}

void Fabric::respond(WorkRequest& request) {
  const Post& post = request.post;
  request.responding = true;
  request.data = post.verb == Verb::read ? post.payload : kAtomicBytes;
  request.wire = response_wire_bytes(profile_.framing, post.verb, post.payload, profile_.mtu);
  request.sent = Bytes(0);
  reach_port(request);
}

void Fabric::arrive_response(WorkRequest& request, Time tail) {
  Tally* const tally = request.post.tally;
  Time at = tail + profile_.tx + profile_.rx;
  charge(tally, Category::wire, at);
  at += profile_.dma_write + read_data_.crossing.of(request.data);
  charge(tally, Category::pcie, at);
  queue_.schedule(at, &run_step<&Fabric::complete>, &request);
}

/// Completions are polled in order of posting: one that comes early waits for those before it.
void Fabric::complete(WorkRequest& request) {
  QueuePair& pair = *request.pair;
  if (faults_ != nullptr && faults_->has_crashed(request.post.from)) [[unlikely]] {
    return;
  }
  if (returns_data(request.post.verb)) {
    --pair.reading;
    while (!pair.held.empty() &&
           (!returns_data(pair.held.front().post.verb) || pair.reading < profile_.max_rd_atomic)) {
      WorkRequest& next = pair.held.pop();
      charge(next.post.tally, Category::nic_queue, queue_.now());
      issue(next);
    }
  }
  request.completed = true;
  if (&pair.incomplete.front() != &request) {
    return;
  }
  pair.incomplete.pop();
  while (!pair.incomplete.empty() && pair.incomplete.front().completed) {
    if (const std::coroutine_handle<> waiter = settle(pair.incomplete.pop()); waiter) {
      queue_.wake(waiter);
    }
  }
  if (const std::coroutine_handle<> waiter = settle(request); waiter) {
    waiter.resume();
  }
}

/// Ends the request; gives who waits for it, if anybody does.
std::coroutine_handle<> Fabric::settle(WorkRequest& request) {
  Operation* const waiter = request.waiter;
  if (!is_two_sided(request.post.verb)) {
    charge(request.post.tally, Category::nic_queue, queue_.now());
  }
  const std::uint64_t result = request.result;
  give_back(request);
  if (waiter == nullptr) {
    return {};
  }
  waiter->result_ = result;
  return waiter->handle_;
}

}  // namespace dsmsim
