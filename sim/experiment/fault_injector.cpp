#include "sim/experiment/fault_injector.hpp"

#include <nlohmann/json.hpp>

namespace dsmsim {

FaultInjector::FaultInjector(const std::vector<config::Tagged>& faults, Duration detection,
                             World& world)
    : world_(world),
      fabric_(world.cluster().fabric()),
      queue_(world.simulation().queue()),
      detection_(detection) {
  for (const config::Tagged& fault : faults) {
    plan(fault);
  }
}

template <void (FaultInjector::*Step)(FaultInjector::Planned&)>
void FaultInjector::schedule(Time at, Planned& fault) {
  queue_.schedule(
      at,
      [](void* p) {
        auto& due = *static_cast<Planned*>(p);
        (due.injector.*Step)(due);
      },
      &fault);
}

// ---- before the run

void FaultInjector::plan(const config::Tagged& fault) {
  Planned& planned = planned_.emplace_back(Planned{.injector = *this, .name = fault.name()});
  if (fault.name() == "crash") {
    const auto& crash = fault.options<CrashFault>();
    planned.server = NodeId(crash.server);
    planned.again = crash.restart_after;
    plan_at(planned, crash.when);
  } else if (fault.name() == "link_down") {
    const auto& down = fault.options<LinkDownFault>();
    planned.link = down.link;
    planned.links = fabric_.topology().find_cable(down.link);
    planned.duration = down.duration;
    planned.again = down.every;
    plan_at(planned, down.when);
  } else if (fault.name() == "nic_stall") {
    const auto& stall = fault.options<NicStallFault>();
    planned.server = NodeId(stall.server);
    planned.duration = stall.duration;
    plan_at(planned, stall.when);
  } else if (fault.name() == "delay") {
    const auto& delay = fault.options<DelayFault>();
    fabric_.faults().delay_messages(delay.rate, delay.by);
  } else {
    fabric_.faults().lose_datagrams(fault.options<DatagramLossFault>().rate);
  }
}

void FaultInjector::plan_at(Planned& fault, const Moment& when) {
  if (when.at) {
    schedule<&FaultInjector::happen>(Time() + *when.at, fault);
    return;
  }
  const std::span<const MessageType> types = fabric_.ledger().types();
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i].name == when.before->message) {
      fabric_.faults().before_arrival(
          MessageTypeId(static_cast<MessageTypeId::Value>(i)), when.before->number,
          [](void* p) {
            auto& due = *static_cast<Planned*>(p);
            due.injector.happen(due);
          },
          &fault);
      return;
    }
  }
}

// ---- within it

void FaultInjector::happen(Planned& fault) {
  fault.standby.reset();
  if (over() || (fault.name == "crash" && fabric_.has_crashed(fault.server))) {
    return;
  }
  fault.latest = queue_.now();
  fault.first = fault.times++ == 0 ? fault.latest : fault.first;
  if (fault.name == "crash") {
    world_.crash(fault.server);
    schedule<&FaultInjector::notice>(queue_.now() + detection_, fault);
    if (fault.again) {
      schedule<&FaultInjector::restart>(queue_.now() + *fault.again, fault);
    }
  } else if (fault.name == "nic_stall") {
    fabric_.stall(fault.server, fault.duration);
  } else {
    for (const LinkId link : fault.links) {
      fabric_.faults().take_down(link);
    }
    schedule_link<&FaultInjector::link_up>(queue_.now() + fault.duration, fault);
  }
}

void FaultInjector::link_up(Planned& fault) {
  fault.standby.reset();
  for (const LinkId link : fault.links) {
    fabric_.faults().bring_up(link);
  }
  if (fault.again && goes_on()) {
    schedule_link<&FaultInjector::happen>(fault.latest + *fault.again, fault);
  }
}

// ---- after it

/// What went with each server that has crashed.
nlohmann::ordered_json FaultInjector::describe_lost() const {
  nlohmann::ordered_json lost = nlohmann::ordered_json::array();
  for (const Crash& crash : world_.losses().crashes) {
    std::vector<ThreadId::Value> threads;
    for (const ThreadId thread : crash.threads) {
      threads.push_back(thread.value());
    }
    lost.push_back({{"server", crash.server.value()},
                    {"at_us", crash.at.since_start().ns() / 1e3},
                    {"threads", threads},
                    {"objects", crash.objects.size()}});
  }
  return lost;
}

nlohmann::ordered_json FaultInjector::report(std::optional<std::uint64_t> planned) const {
  using nlohmann::ordered_json;
  ordered_json happened = ordered_json::array();
  for (const Planned& fault : planned_) {
    if (fault.name == "delay" || fault.name == "datagram_loss") {
      continue;
    }
    ordered_json row = {{"name", fault.name}};
    if (fault.server.valid()) {
      row["server"] = fault.server.value();
    } else {
      row["link"] = fault.link;
    }
    row["times"] = fault.times;
    row["first_us"] = nullptr;
    if (fault.times > 0) {
      row["first_us"] = fault.first.since_start().ns() / 1e3;
    }
    happened.push_back(std::move(row));
  }
  std::uint64_t threads = 0;
  std::uint64_t objects = 0;
  for (const Crash& crash : world_.losses().crashes) {
    threads += crash.threads.size();
    objects += crash.objects.size();
  }
  const Faults::Counters& counters = fabric_.faults().counters();
  const std::uint64_t done = world_.meter().operations();
  const bool known = planned && *planned >= done;
  return {{"happened", std::move(happened)},
          {"lost", describe_lost()},
          {"lost_threads", threads},
          {"lost_objects", objects},
          {"lost_operations", known ? ordered_json(*planned - done) : ordered_json()},
          {"failed_requests", world_.losses().failed.size()},
          {"messages_sent_again", counters.sent_again},
          {"messages_delayed", counters.delayed},
          {"datagrams_lost", counters.datagrams_lost}};
}

}  // namespace dsmsim
