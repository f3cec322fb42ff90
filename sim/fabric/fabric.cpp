#include "sim/fabric/fabric.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/fabric/flow.hpp"
#include "sim/fabric/work_request.hpp"

// The way of a request through the pipeline. Fixed latencies tx and rx are added where the request
// has left the queue that follows them: a constant delay may stand before or behind a FIFO queue
// without changing what anybody waits.

namespace dsmsim {

namespace {
constexpr std::size_t kChunk = 256;
}

Fabric::Fabric(Simulation& simulation, const Topology& topology, NicProfile nic,
               FabricOptions options)
    : simulation_(simulation),
      queue_(simulation.queue()),
      topology_(topology),
      profile_(std::move(nic)),
      dma_per_byte_(PerByte::ns_per_byte(
          std::max(0.0, profile_.first_packet.ns() - profile_.per_byte.ns()) / 2)),
      options_(options),
      ledger_(topology.servers()),
      nics_(topology.servers()) {
  for (Nic& each : nics_) {
    each.receives = profile_.receive_depth;
    update_service(each);
  }
  for (const Link& link : topology.links()) {
    ports_.push_back({PerByte::ns_per_byte(1e9 / link.rate.bytes_per_second()), link.latency,
                      Time(), 0, link.shared});
  }
}

Fabric::~Fabric() = default;

template <void (Fabric::*step)(Fabric::WorkRequest&)>
void Fabric::run_step(void* request) {
  auto& r = *static_cast<WorkRequest*>(request);
  (r.fabric->*step)(r);
}

Fabric::WorkRequest& Fabric::take(const Post& post) {
  if (free_requests_ == nullptr) {
    request_chunks_.push_back(std::make_unique<WorkRequest[]>(kChunk));
    for (std::size_t i = 0; i < kChunk; ++i) {
      give_back(request_chunks_.back()[i]);
    }
  }
  WorkRequest& request = *free_requests_;
  free_requests_ = request.next;
  request.fabric = this;
  request.pair = &queue_pair(post.from, post.to, post.lane);
  request.waiter = nullptr;
  request.data = returns_data(post.verb) ? Bytes(0) : post.payload;
  request.wire = request_wire_bytes(profile_.framing, post.verb, post.payload, profile_.mtu);
  request.sent = Bytes(0);
  request.result = 0;
  request.responding = false;
  request.inlined = profile_.inlined(post.verb, post.payload);
  request.post = post;
  return request;
}

void Fabric::give_back(WorkRequest& request) {
  request.next = free_requests_;
  free_requests_ = &request;
}

Fabric::Slice& Fabric::take_slice() {
  if (free_slices_ == nullptr) {
    slice_chunks_.push_back(std::make_unique<Slice[]>(kChunk));
    for (std::size_t i = 0; i < kChunk; ++i) {
      give_back(slice_chunks_.back()[i]);
    }
  }
  Slice& slice = *free_slices_;
  free_slices_ = slice.next;
  return slice;
}

void Fabric::give_back(Slice& slice) {
  slice.next = free_slices_;
  free_slices_ = &slice;
}

Fabric::QueuePair& Fabric::queue_pair(NodeId from, NodeId to, std::uint32_t lane) {
  Nic& nic = nics_[from.index()];
  if (nic.peers.empty()) {
    nic.peers.resize(nics_.size() * options_.lanes);
  }
  const std::size_t peer = to.index() * options_.lanes + lane;
  if (nic.peers[peer] == nullptr) {
    if (from == to || lane >= options_.lanes) {
      throw std::logic_error("no queue pair from server " + std::to_string(from.value()) + " to " +
                             std::to_string(to.value()) + ", lane " + std::to_string(lane));
    }
    queue_pairs_.push_back(std::make_unique<QueuePair>(topology_.route(from, to, lane),
                                                       topology_.route(to, from, lane)));
    nic.peers[peer] = queue_pairs_.back().get();
    ++nic.queue_pairs;
  }
  return *nic.peers[peer];
}

/// Time for which the NIC's own data path is busy with bytes [offset, offset + bytes) of a message.
Duration Fabric::nic_time(const WorkRequest& request, Bytes offset, Bytes bytes) const {
  const bool read = request.responding && profile_.read_per_byte > PerByte();
  const PerByte cost = read ? profile_.read_per_byte : profile_.per_byte;
  if (profile_.fast_beyond == Bytes(0) || offset + bytes <= profile_.fast_beyond) {
    return cost * bytes;
  }
  const Bytes slow = offset < profile_.fast_beyond ? profile_.fast_beyond - offset : Bytes(0);
  return cost * slow + profile_.fast_per_byte * (bytes - slow);
}

Duration Fabric::dma_time(Bytes data) const { return dma_per_byte_ * std::min(data, profile_.mtu); }

Duration Fabric::latency(const Path& path) const {
  Duration sum;
  for (const LinkId link : path) {
    sum += ports_[link.index()].latency;
  }
  return sum;
}

/// The NIC-wide service times, given how many queue pairs are in use.
void Fabric::update_service(Nic& nic) const {
  nic.read_service = profile_.outbound_read;
  nic.write_service = profile_.outbound_write;
  for (const QueuePairCache& cache : profile_.queue_pair_caches) {
    if (nic.queue_pairs > cache.entries) {
      const double misses = 1.0 - static_cast<double>(cache.entries) / nic.queue_pairs;
      nic.read_service += from_ns(cache.read_penalty.ns() * misses);
      nic.write_service += from_ns(cache.write_penalty.ns() * misses);
    }
  }
}

void Fabric::post(const Post& post) { start(take(post)); }

Fabric::Operation Fabric::perform(const Post& post) {
  WorkRequest& request = take(post);
  request.post.after += profile_.post;
  return Operation(request);
}

void Fabric::Operation::await_suspend(std::coroutine_handle<> handle) {
  handle_ = handle;
  request_.waiter = this;
  request_.fabric->start(request_);
}

void Fabric::start(WorkRequest& request) {
  const Post& post = request.post;
  Bytes wire = request.wire;
  if (request.waiter != nullptr || returns_data(post.verb)) {
    wire += response_wire_bytes(profile_.framing, post.verb, post.payload, profile_.mtu);
  }
  ledger_.record(post.type, post.from, post.to, post.payload, wire);
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
  Duration busy = returns_data(post.verb) ? profile_.queue_pair_read.of(post.payload)
                                          : profile_.queue_pair_write.of(post.payload);
  if (returns_data(post.verb)) {
    ++pair.reading;
  } else if (!request.inlined) {
    busy = std::max(busy, profile_.queue_pair_fetched);
  }
  const Time begin = pair.engine.reserve(queue_.now(), busy);
  if (begin == queue_.now()) {
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
    const double beyond_wire = profile_.inline_cost.ns() - profile_.per_byte.ns();
    ready += PerByte::ns_per_byte(std::max(0.0, beyond_wire)) * post.payload;
  } else if (!returns_data(post.verb) && post.payload > Bytes(0)) {
    ready += profile_.dma_read + dma_time(post.payload);
  }
  charge(post.tally, Category::pcie, ready);
  Stream& stream = request.pair->requests;
  const bool overtakes = ready <= stream.ready;
  stream.ready = ready = std::max(ready, stream.ready);
  charge(post.tally, Category::nic_queue, ready);
  if (ready == queue_.now() && !overtakes) {
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

bool Fabric::flows(Bytes data) const {
  switch (options_.wire) {
    case WireModel::queue:
      return false;
    case WireModel::flow:
      return data > Bytes(0);
    case WireModel::automatic:
      return data > options_.flow_above;
  }
  return false;
}

void Fabric::transmit(WorkRequest& request) {
  charge(request.post.tally, Category::nic_queue, queue_.now());
  request.stream().busy = true;
  if (flows(request.data)) {
    start_flow(request);
  } else {
    next_slice(request);
  }
}

void Fabric::next_slice(WorkRequest& request) {
  const Bytes left = request.data - request.sent;
  Slice& slice = request.data <= profile_.mtu ? request.only : take_slice();
  slice.request = &request;
  slice.offset = request.sent;
  slice.bytes = std::min(left, profile_.mtu);
  slice.last = left <= profile_.mtu;
  slice.position = 0;
  slice.tail = queue_.now();
  request.sent += slice.bytes;
  const bool last = slice.last;
  hop(slice);
  if (last) {
    finish_sending(request);
  } else {
    const Port& port = ports_[request.path()[0].index()];
    queue_.schedule(port.free_at, &run_step<&Fabric::next_slice>, &request);
  }
}

/// The last byte has been given to the first port: the next message of the same direction of the
/// queue pair may follow.
void Fabric::finish_sending(WorkRequest& request) {
  Stream& stream = request.stream();
  stream.busy = false;
  if (!stream.waiting.empty()) {
    transmit(stream.waiting.pop());
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
    service = std::max(service, nic_time(request, slice.offset, slice.bytes));
  }
  // Headers occupy the port, but the latency of one is within the NIC's fitted tx and rx.
  const Duration occupancy = std::max(service, port.cost * (slice.bytes + header));
  const Time now = queue_.now();
  Time start = now;
  if (port.shared) {
    start = std::max(now, port.free_at) +
            (port.cost * (profile_.mtu + packet_header(profile_.framing))) * port.flows;
  }
  Tally* const tally = slice.last ? request.post.tally : nullptr;
  charge(tally, Category::wire, now);
  charge(tally, first ? Category::nic_queue : Category::switch_queue, start);
  const Time end = std::max(start + service, slice.tail);
  port.free_at = std::max(start + occupancy, end);
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
  if (&slice != &request.only) {
    give_back(slice);
  }
  if (whole) {
    request.responding ? arrive_response(request, tail) : arrive(request, tail);
  }
}

void Fabric::start_flow(WorkRequest& request) {
  if (!flow_model_) {
    // Capacities are in wire bytes: a full packet takes at least the NIC's time for its payload.
    const Bytes packet = profile_.mtu + packet_header(profile_.framing);
    const double nic_rate =
        static_cast<double>(packet.count()) / (profile_.per_byte * profile_.mtu).seconds();
    std::vector<Rate> capacity;
    for (const Link& link : topology_.links()) {
      const double rate = link.rate.bytes_per_second();
      capacity.push_back(
          Rate::bits_per_second(8 * (link.at_server ? std::min(rate, nic_rate) : rate)));
    }
    flow_model_ = std::make_unique<FlowModel>(queue_, topology_, std::move(capacity));
  }
  for (const LinkId link : request.path()) {
    ++ports_[link.index()].flows;
  }
  const Bytes data = request.data;
  const std::uint64_t packets = (data.count() + profile_.mtu.count() - 1) / profile_.mtu.count();
  flow_model_->start({request.path().data(), request.path().size()},
                     data + packet_header(profile_.framing) * packets, &run_step<&Fabric::end_flow>,
                     &request);
}

void Fabric::end_flow(WorkRequest& request) {
  for (const LinkId link : request.path()) {
    --ports_[link.index()].flows;
  }
  // What this message's own data path needs beyond (or less than) the flow's nominal rate.
  const Bytes data = request.data;
  const Duration own = nic_time(request, Bytes(0), data);
  const Duration nominal = profile_.per_byte * data;
  const Time tail = queue_.now() + latency(request.path()) + std::max(Duration{}, own - nominal);
  finish_sending(request);
  request.responding ? arrive_response(request, tail) : arrive(request, tail);
}

void Fabric::arrive(WorkRequest& request, Time tail) {
  const Post& post = request.post;
  Nic& nic = nics_[post.to.index()];
  charge(post.tally, Category::wire, tail);
  FifoServer& server = is_atomic(post.verb) ? nic.atomics : nic.inbound;
  const Duration service = is_atomic(post.verb)       ? profile_.inbound_atomic
                           : post.verb == Verb::read  ? profile_.inbound_read
                           : post.verb == Verb::write ? profile_.inbound_write
                                                      : profile_.inbound_receive;
  Time at = server.reserve(tail, service);
  charge(post.tally, Category::nic_queue, at);
  at += profile_.tx + profile_.rx;
  charge(post.tally, Category::wire, at);
  request.acknowledged_at = at;
  if (returns_data(post.verb)) {
    at += profile_.dma_read + dma_time(is_atomic(post.verb) ? Bytes(8) : post.payload) +
          (is_atomic(post.verb) ? profile_.atomic : Duration{});
  } else {
    at += profile_.dma_write;
    if (!request.inlined) {
      at += dma_time(post.payload);
    }
    if (is_two_sided(post.verb)) {
      at += profile_.receive;
    }
  }
  QueuePair& pair = *request.pair;
  pair.executed = at = std::max(at, pair.executed);
  queue_.schedule(
      at, returns_data(post.verb) ? &run_step<&Fabric::respond> : &run_step<&Fabric::execute>,
      &request);
}

void Fabric::execute(WorkRequest& request) {
  Post& post = request.post;
  QueuePair& pair = *request.pair;
  const Time now = queue_.now();
  if (is_two_sided(post.verb)) {
    Nic& nic = nics_[post.to.index()];
    if (now < pair.stalled_until || nic.receives <= 0) {
      if (now >= pair.stalled_until) {
        ++receiver_not_ready_;
        pair.stalled_until = now + profile_.rnr_delay;
      }
      charge(post.tally, Category::nic_queue, pair.stalled_until);
      queue_.schedule(pair.stalled_until, &run_step<&Fabric::execute>, &request);
      return;
    }
    --nic.receives;
  }
  charge(post.tally, Category::pcie, now);
  request.result = post.effect();
  Operation* const waiter = request.waiter;
  if (waiter != nullptr) {
    // The acknowledgement left when the last packet had come; it is too small to queue.
    const Time back = request.acknowledged_at + profile_.tx + profile_.rx + profile_.dma_write +
                      latency(request.pair->backward);
    charge(is_two_sided(post.verb) ? nullptr : post.tally, Category::wire, std::max(now, back));
    queue_.schedule(std::max(now, back), &run_step<&Fabric::complete>, &request);
  }
  if (is_two_sided(post.verb)) {
    const Delivery delivery{post.from,    post.to,    post.verb, post.type,
                            post.payload, post.tally, post.body};
    Receiver* const receiver = nics_[post.to.index()].receiver;
    if (waiter == nullptr) {
      give_back(request);
    }
    if (receiver == nullptr) {
      throw std::logic_error("a message for server " + std::to_string(delivery.to.value()) +
                             ", which nobody receives for");
    }
    receiver->deliver(delivery);
  } else if (waiter == nullptr) {
    give_back(request);
  }
}

void Fabric::respond(WorkRequest& request) {
  charge(request.post.tally, Category::pcie, queue_.now());
  request.result = request.post.effect();
  request.responding = true;
  request.data = request.post.verb == Verb::read ? request.post.payload : Bytes(0);
  request.wire =
      response_wire_bytes(profile_.framing, request.post.verb, request.post.payload, profile_.mtu);
  request.sent = Bytes(0);
  reach_port(request);
}

void Fabric::arrive_response(WorkRequest& request, Time tail) {
  const Post& post = request.post;
  charge(post.tally, Category::wire, tail + profile_.tx + profile_.rx);
  const Bytes data = is_atomic(post.verb) ? Bytes(8) : post.payload;
  const Time at = tail + profile_.tx + profile_.rx + profile_.dma_write + dma_time(data);
  charge(post.tally, Category::pcie, at);
  queue_.schedule(at, &run_step<&Fabric::complete>, &request);
}

void Fabric::complete(WorkRequest& request) {
  QueuePair& pair = *request.pair;
  if (returns_data(request.post.verb)) {
    --pair.reading;
    while (!pair.held.empty() &&
           (!returns_data(pair.held.front().post.verb) || pair.reading < profile_.max_rd_atomic)) {
      WorkRequest& next = pair.held.pop();
      charge(next.post.tally, Category::nic_queue, queue_.now());
      issue(next);
    }
  }
  Operation* const waiter = request.waiter;
  const std::uint64_t result = request.result;
  give_back(request);
  if (waiter != nullptr) {
    waiter->result_ = result;
    waiter->handle_.resume();
  }
}

}  // namespace dsmsim
