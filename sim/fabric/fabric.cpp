#include "sim/fabric/fabric.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/fabric/flow.hpp"
#include "sim/fabric/work_request.hpp"

namespace dsmsim {

Fabric::Fabric(Simulation& simulation, const Topology& topology, NicProfile nic,
               FabricOptions options)
    : simulation_(simulation),
      queue_(simulation.queue()),
      topology_(topology),
      profile_(std::move(nic)),
      data_{profile_.port_time(false), profile_.crossing(false)},
      read_data_{profile_.port_time(true), profile_.crossing(true)},
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

void Fabric::set_receiver(MessageTypeId type, Receiver* receiver) {
  receivers_by_type_.resize(std::max(receivers_by_type_.size(), type.index() + 1));
  receivers_by_type_[type.index()] = receiver;
}

void Fabric::check(const Post& post) const {
  const std::size_t servers = nics_.size();
  if (post.from.index() >= servers || post.to.index() >= servers || post.from == post.to ||
      post.lane >= options_.lanes) {
    throw std::logic_error("no queue pair from server " + std::to_string(post.from.value()) +
                           " to server " + std::to_string(post.to.value()) + ", lane " +
                           std::to_string(post.lane));
  }
  if (!ledger_.declares(post.type, post.verb)) {
    throw std::logic_error("a " + std::string(to_string(post.verb)) + " of message type " +
                           std::to_string(post.type.value()) + ", which is not declared so");
  }
  if (post.verb == Verb::send_ud && post.payload > profile_.mtu) {
    throw std::logic_error("a datagram of " + to_string(post.payload) + " exceeds the MTU");
  }
}

Fabric::WorkRequest& Fabric::take(const Post& post) {
  check(post);
  WorkRequest& request = requests_.take();
  request.fabric = this;
  request.pair = &queue_pair(post.from, post.to, post.lane);
  request.waiter = nullptr;
  request.data = returns_data(post.verb) ? Bytes(0) : post.payload;
  request.wire = request_wire_bytes(profile_.framing, post.verb, post.payload, profile_.mtu);
  request.sent = Bytes(0);
  request.result = 0;
  request.responding = false;
  request.completed = false;
  request.inlined = profile_.inlined(post.verb, post.payload);
  request.post = post;
  return request;
}

Fabric::QueuePair& Fabric::queue_pair(NodeId from, NodeId to, std::uint32_t lane) {
  Nic& nic = nics_[from.index()];
  if (nic.peers.empty()) {
    nic.peers.resize(nics_.size() * options_.lanes);
  }
  const std::size_t peer = to.index() * options_.lanes + lane;
  if (nic.peers[peer] == nullptr) {
    queue_pairs_.push_back(std::make_unique<QueuePair>(topology_.route(from, to, lane),
                                                       topology_.route(to, from, lane)));
    QueuePair& pair = *queue_pairs_.back();
    prepare(pair.requests, pair.forward);
    prepare(pair.responses, pair.backward);
    nic.peers[peer] = &pair;
    ++nic.queue_pairs;
    update_service(nic);
  }
  return *nic.peers[peer];
}

void Fabric::prepare(Stream& stream, const Path& path) const {
  stream.unshared_links =
      std::ranges::any_of(path, [this](LinkId link) { return !ports_[link.index()].shared; });
  if (stream.unshared_links) {
    stream.own_ports.resize(path.size());
  }
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

}  // namespace dsmsim
