#include "protocols/legoos/manager.hpp"

#include "protocols/legoos/memory.hpp"

namespace dsmsim::legoos {

Manager::Manager(System& system)
    : system_(system),
      views_(system.memory.size()),
      station_(std::make_unique<Station>(system, system.manager_server, static_cast<Service*>(this),
                                         1, Party::manager)) {
  for (std::size_t i = 0; i < views_.size(); ++i) {
    views_[i].free = system.memory[i] == nullptr ? Bytes() : system.memory[i]->total();
  }
}

Task<> Manager::serve(Worker& worker) {
  const Message& message = worker.job.message;
  co_await system_.queue().delay(system_.options.costs.manager);
  charge(worker.job.tally, Category::handler, system_.queue().now());
  View& view = views_[worker.job.from.index()];
  view.requests = message.contents;
  view.free = message.length;
  if (message.kind == MessageKind::report) {
    co_await station_->reply(worker, {.kind = MessageKind::report_reply});
    co_return;
  }
  ++consults_;
  const Message answer{.kind = MessageKind::consult_reply, .owner = choose()};
  views_[answer.owner.index()].given += message.wanted;
  co_await station_->reply(worker, answer, Bytes(16 * system_.memory_servers()));
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
  if (repeats_ == 0 || system_.is_lost(choice_)) {
    repeats_ = kRepeats;
    const bool in_turn = system_.options.placement == LegoosPlacement::pure_rr;
    choice_ = in_turn ? system_.memory_after(choice_) : least_busy();
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
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (system_.is_in_service(i) && (!best.valid() || no_worse(views_[i], views_[best.index()]))) {
      best = system_.memory[i]->server();
    }
  }
  return best;
}

void Manager::fingerprint(Fingerprint& into) const {
  for (const View& view : views_) {
    into.add(view.requests);
    into.add(view.free.count());
    into.add(view.given.count());
  }
  into.add(choice_.value());
  into.add(repeats_);
  station_->fingerprint(into);
}

}  // namespace dsmsim::legoos
