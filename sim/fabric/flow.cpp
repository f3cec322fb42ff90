#include "sim/fabric/flow.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/expects.hpp"
#include "sim/base/stop.hpp"
#include "sim/fabric/flow_sharing.hpp"

namespace dsmsim {

FlowModel::FlowModel(EventQueue& queue, const Topology& topology, std::vector<Rate> capacities)
    : queue_(queue), sharing_(std::make_unique<FlowSharing>(topology, std::move(capacities))) {
  queue_.attach(this);
}

FlowModel::~FlowModel() { queue_.attach(nullptr); }

void FlowModel::start(std::span<const LinkId> route, Bytes bytes, EventQueue::Function done,
                      void* argument) {
  expects(!route.empty(), "a flow has a route");
  now_ = queue_.now();
  flows_.push_back({sharing_->add(route), static_cast<double>(bytes.count()), 0, now_,
                    Time::never(), done, argument});
  shares_are_stale_ = true;
}

bool FlowModel::advance_to(Time limit) {
  // Flows that start or end at one date are shared out once, when the date is left.
  if (shares_are_stale_ && limit > now_) {
    share();
  }
  if (next_end_ > limit) {
    now_ = limit;
    return false;
  }
  now_ = next_end_;
  end_due();
  return true;
}

void FlowModel::share() {
  stop_if_asked();  // many flows take long to share out, and their ends are few events
  sharing_->solve();
  shares_are_stale_ = false;
  next_end_ = Time::never();
  for (Flow& flow : flows_) {
    const double share = sharing_->bytes_per_second(flow.demand);
    if (share != flow.bytes_per_second) {
      flow.bytes -= flow.bytes_per_second * (now_ - flow.since).seconds();
      flow.bytes_per_second = share;
      flow.since = now_;
      flow.end = now_ + from_seconds(std::max(flow.bytes, 0.0) / share);
    }
    next_end_ = std::min(next_end_, flow.end);
  }
}

void FlowModel::end_due() {
  const auto is_due = [this](const Flow& flow) {
    if (flow.end > now_) {
      return false;
    }
    sharing_->remove(flow.demand);
    queue_.schedule(now_, flow.done, flow.argument);
    return true;
  };
  std::erase_if(flows_, is_due);
  shares_are_stale_ = true;
  next_end_ = Time::never();
}

}  // namespace dsmsim
