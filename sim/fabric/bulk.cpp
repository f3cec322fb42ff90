// Large messages as flows: what the fabric asks of the wire model `flow`.

#include <algorithm>
#include <limits>

#include "sim/fabric/flow.hpp"
#include "sim/fabric/work_request.hpp"

namespace dsmsim {

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

/// Capacities are in wire bytes. A NIC moves a full packet in its time for the payload.
void Fabric::prepare_flows() {
  const Bytes packet = profile_.mtu + packet_header(profile_.framing);
  const Rate nic = Rate::bits_per_second(8 * static_cast<double>(packet.count()) /
                                         (data_.port * profile_.mtu).seconds());
  for (const Link& link : topology_.links()) {
    flow_capacities_.push_back(link.at_server ? std::min(link.rate, nic) : link.rate);
  }
  flow_model_ = std::make_unique<FlowModel>(queue_, topology_, flow_capacities_);
}

void Fabric::count_flow(const Path& path, int change) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    ports_[path[i].index()].flows += static_cast<std::uint32_t>(change);
    if (i > 0) {
      flows_on_both_[{path[i - 1], path[i]}] += static_cast<std::uint32_t>(change);
    }
  }
}

/// The flows that a packet meets at this port and has not met at the one before.
std::uint32_t Fabric::flows_joining(const Path& path, std::size_t position) const {
  const std::uint32_t here = ports_[path[position].index()].flows;
  if (position == 0) {
    return here;
  }
  const auto both = flows_on_both_.find({path[position - 1], path[position]});
  return both == flows_on_both_.end() ? here : here - both->second;
}

void Fabric::start_flow(WorkRequest& request) {
  if (!flow_model_) {
    prepare_flows();
  }
  Rate narrowest = Rate::bits_per_second(std::numeric_limits<double>::infinity());
  for (const LinkId link : request.path()) {
    narrowest = std::min(narrowest, flow_capacities_[link.index()]);
  }
  count_flow(request.path(), 1);
  const Bytes data = request.data;
  const std::uint64_t packets = (data.count() + profile_.mtu.count() - 1) / profile_.mtu.count();
  const Bytes wire = data + packet_header(profile_.framing) * packets;
  // Where the NICs are slower with this message than with others (READ responses), it is as if it
  // had more bytes.
  const double nic_bytes =
      (data_path(request).port * data).seconds() * narrowest.bytes_per_second();
  const Bytes fluid = std::max(wire, Bytes(static_cast<std::uint64_t>(nic_bytes + 0.5)));
  request.unhindered_until = queue_.now() + fluid / narrowest;
  flow_model_->start({request.path().data(), request.path().size()}, fluid,
                     &run_step<&Fabric::end_flow>, &request);
}

void Fabric::end_flow(WorkRequest& request) {
  count_flow(request.path(), -1);
  if (faults_ != nullptr && sender_has_crashed(request)) [[unlikely]] {
    stop_sending(request);
    return;
  }
  charge(request.post.tally, Category::wire, std::min(request.unhindered_until, queue_.now()));
  charge(request.post.tally, Category::switch_queue, queue_.now());
  const Time tail = queue_.now() + latency(request.path());
  finish_sending(request);
  request.responding ? arrive_response(request, tail) : arrive(request, tail);
}

}  // namespace dsmsim
