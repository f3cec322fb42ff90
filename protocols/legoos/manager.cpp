#include "protocols/legoos/manager.hpp"

namespace dsmsim::legoos {

Manager::Manager(Stations& stations, std::size_t servers, Bytes memory)
    : system_(stations.system()),
      servers_(stations.servers()),
      views_(servers, View{.requests = 0, .free = memory, .given = {}}),
      station_(stations, servers_.manager(), static_cast<Service*>(this), 1, Party::manager) {}

Task<> Manager::serve(Worker& worker) {
  const Message& message = worker.job.message;
  co_await system_.queue().delay(system_.options.costs.manager);
  charge(worker.job.tally, Category::handler, system_.now());
  View& view = views_[worker.job.from.index()];
  view.requests = message.contents;
  view.free = message.length;
  if (message.kind == MessageKind::report) {
    co_await station_.reply(worker, {.kind = MessageKind::report_reply});
    co_return;
  }
  ++consults_;
  const Message answer{.kind = MessageKind::consult_reply, .owner = choose()};
  views_[answer.owner.index()].given += message.wanted;
  co_await station_.reply(worker, answer, Bytes(16 * servers_.memory_servers()));
}

NodeId Manager::choose() {
  switch (system_.options.placement) {
    case LegoosPlacement::spread:
      return given_least();
    case LegoosPlacement::resident_memory:
      return most_free();
    case LegoosPlacement::network_traffic_rr:
    case LegoosPlacement::pure_rr:
      break;
  }
  return choose_as_released();
}

NodeId Manager::choose_as_released() {
  if (repeats_ == 0 || servers_.is_lost(choice_)) {
    repeats_ = kRepeats;
    const bool in_turn = system_.options.placement == LegoosPlacement::pure_rr;
    choice_ = in_turn ? servers_.memory_after(choice_) : least_busy();
  }
  --repeats_;
  return choice_;
}

/// Of several the last, as released.
NodeId Manager::least_busy() const {
  return best([](const View& a, const View& b) { return a.requests <= b.requests; });
}

NodeId Manager::most_free() const {
  return best([](const View& a, const View& b) { return a.free >= b.free; });
}

/// Of several the first.
NodeId Manager::given_least() const {
  return best([](const View& a, const View& b) { return a.given < b.given; });
}

template <class NoWorse>
NodeId Manager::best(NoWorse no_worse) const {
  NodeId best;
  for (std::uint32_t i = 0; i < views_.size(); ++i) {
    if (servers_.is_in_service(NodeId(i)) &&
        (!best.valid() || no_worse(views_[i], views_[best.index()]))) {
      best = NodeId(i);
    }
  }
  return best;
}

void Manager::fingerprint(Fingerprint& into) const {
  const auto& [system, servers, views, choice, repeats, consults, station] = *this;
  for (const auto& [requests, free, given] : views) {
    into.add(requests, free, given);
  }
  into.add(choice, repeats);  // consults count
  station.fingerprint(into);
}

}  // namespace dsmsim::legoos
