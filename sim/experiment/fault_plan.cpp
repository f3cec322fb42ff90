#include "sim/experiment/fault_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/experiment/setup.hpp"

namespace dsmsim {
namespace {

void describe_moment(config::Fields& f, Moment& when) {
  f.optional("at", when.at, "the simulated time", config::at_most(config::kLongestRun));
  f.optional("before", when.before, "in the place of a time: a step of the protocol");
  f.check(when.at.has_value() != when.before.has_value(), when.before ? "before" : "at",
          "either \"at\", a time, or \"before\", a step of the protocol");
}

/// The server whose crash or stall it is, if it is one of these.
std::optional<std::uint32_t> server_of(const config::Tagged& fault) {
  if (fault.name() == "crash") {
    return fault.options<CrashFault>().server;
  }
  if (fault.name() == "nic_stall") {
    return fault.options<NicStallFault>().server;
  }
  return std::nullopt;
}

/// When it happens, if it does so once or again and again.
const Moment* moment_of(const config::Tagged& fault) {
  if (fault.name() == "crash") {
    return &fault.options<CrashFault>().when;
  }
  if (fault.name() == "nic_stall") {
    return &fault.options<NicStallFault>().when;
  }
  return fault.name() == "link_down" ? &fault.options<LinkDownFault>().when : nullptr;
}

/// What the engine has declared.
std::vector<std::string> message_types(const Cluster& cluster) {
  std::vector<std::string> names;
  if (cluster.has_fabric()) {
    for (const MessageType& type : cluster.fabric().ledger().types()) {
      names.push_back(type.name);
    }
  }
  return names;
}

/// Against the cluster; what happens at steps of the protocol is checked when there is an engine.
class FaultChecks {
 public:
  FaultChecks(const Experiment& experiment, const Cluster& cluster)
      : experiment_(experiment), cluster_(cluster) {}

  void check(const config::Tagged& fault, const std::string& place) {
    if (const auto server = server_of(fault)) {
      check_server(*server, place);
    }
    if (fault.name() == "nic_stall") {
      check_stall(fault.options<NicStallFault>().duration, place);
    } else if (fault.name() == "link_down") {
      check_link(fault.options<LinkDownFault>().link, place);
    }
  }
  std::vector<SetupProblem> problems() && { return std::move(problems_); }

 private:
  void check_server(std::uint32_t server, const std::string& place) {
    if (server >= experiment_.cluster.servers) {
      problems_.push_back({place + "/server",
                           fmt::format("there is no server {}: the cluster has {}, counted from 0",
                                       server, experiment_.cluster.servers)});
    }
  }

  /// Whoever waits for its answers must not give up meanwhile.
  void check_stall(Duration duration, const std::string& place) {
    const Duration patience = experiment_.cluster.nic.patience();
    if (duration >= patience) {
      problems_.push_back(
          {place + "/for", fmt::format("requests fail after {}: a NIC that stalls for longer is a "
                                       "server that has crashed",
                                       to_string(patience))});
    }
  }

  void check_link(const std::string& link, const std::string& place) {
    const Topology& topology = cluster_.fabric().topology();
    if (topology.find_cable(link).empty()) {
      problems_.push_back(
          {place + "/link", fmt::format("there is no link \"{}\"{}", link,
                                        config::suggestion(link, topology.cable_names()))});
    }
  }

  const Experiment& experiment_;
  const Cluster& cluster_;
  std::vector<SetupProblem> problems_;
};

}  // namespace

void describe(config::Fields& f, ProtocolStep& step) {
  f.required("message", step.message, "a message type of the protocol");
  f.optional("number", step.number, "the how manieth arrival of one, in the whole run",
             config::at_least(1));
}

void describe(config::Fields& f, CrashFault& fault) {
  f.required("server", fault.server, "which one, counted from 0");
  describe_moment(f, fault.when);
  f.optional("restart_after", fault.restart_after, "until it is back, with nothing in it",
             config::positive_at_most(config::kLongestRun));
}

void describe(config::Fields& f, LinkDownFault& fault) {
  f.required("link", fault.link, "a cable, by the names of its ends: \"server0-switch\"");
  describe_moment(f, fault.when);
  f.required("for", fault.duration, "how long", config::positive_at_most(config::kLongestRun));
  f.optional("every", fault.every, "again, so long after each beginning (flapping)",
             config::positive_at_most(config::kLongestRun));
  f.check(!fault.every || *fault.every > fault.duration, "every", "must be longer than \"for\"");
}

void describe(config::Fields& f, NicStallFault& fault) {
  f.required("server", fault.server, "whose NIC, counted from 0");
  describe_moment(f, fault.when);
  f.required("for", fault.duration, "how long it serves nothing", config::positive());
}

void describe(config::Fields& f, DelayFault& fault) {
  f.required("rate", fault.rate, "share of the messages", config::range(0.0, 1.0));
  f.required("by", fault.by, "what they take longer", config::positive());
}

void describe(config::Fields& f, DatagramLossFault& fault) {
  f.required("rate", fault.rate, "share of the unreliable datagrams", config::range(0.0, 1.0));
}

const config::Registry& fault_kinds() {
  static const config::Registry registry =
      config::Registry("fault")
          .add(config::variant<CrashFault>("crash", "a server stops"))
          .add(config::variant<LinkDownFault>("link_down", "a cable carries nothing for a while"))
          .add(config::variant<NicStallFault>("nic_stall", "a NIC serves nothing for a while"))
          .add(config::variant<DelayFault>("delay", "some messages take longer"))
          .add(config::variant<DatagramLossFault>("datagram_loss",
                                                  "some unreliable datagrams are lost"));
  return registry;
}

std::vector<SetupProblem> fault_problems(const Experiment& experiment, const Cluster& cluster) {
  if (experiment.faults.empty()) {
    return {};
  }
  if (!cluster.has_fabric()) {
    return {{"/faults", "a cluster of one server has no network that could break"}};
  }
  FaultChecks checks(experiment, cluster);
  for (std::size_t i = 0; i < experiment.faults.size(); ++i) {
    checks.check(experiment.faults[i], fmt::format("/faults/{}", i));
  }
  return std::move(checks).problems();
}

std::vector<SetupProblem> step_problems(const Experiment& experiment, const Cluster& cluster) {
  std::vector<SetupProblem> problems;
  const std::vector<std::string> types = message_types(cluster);
  for (std::size_t i = 0; i < experiment.faults.size(); ++i) {
    const Moment* const when = moment_of(experiment.faults[i]);
    if (when == nullptr || !when->before || !cluster.has_fabric()) {
      continue;
    }
    const std::string& name = when->before->message;
    if (std::find(types.begin(), types.end(), name) == types.end()) {
      problems.push_back({fmt::format("/faults/{}/before/message", i),
                          fmt::format("\"{}\" has no message \"{}\"{}", experiment.protocol.name(),
                                      name, config::suggestion(name, types))});
    }
  }
  return problems;
}

}  // namespace dsmsim
