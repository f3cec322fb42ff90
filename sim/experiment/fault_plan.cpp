#include "sim/experiment/fault_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/experiment/experiment.hpp"

namespace dsmsim {
namespace {

void describe_moment(config::Fields& f, Moment& when) {
  f.optional("at", when.at, "the simulated time", config::at_most(config::kLongestRun));
  f.optional("before", when.before, "in the place of a time: a step of the protocol");
  f.check(when.at.has_value() != when.before.has_value(), when.before ? "before" : "at",
          "either \"at\", a time, or \"before\", a step of the protocol");
}

/// The types that the engine of the experiment declares.
std::vector<std::string> message_types(const Experiment& experiment) {
  const ClusterConfig& config = experiment.cluster;
  Simulation simulation(experiment.seed);
  const Topology topology = make_topology(config.topology, config.servers);
  Cluster cluster(simulation, config.servers, config.server,
                  std::make_unique<Fabric>(simulation, topology, config.nic, config.fabric));
  ObjectTable objects;
  const auto engine = protocol_row(experiment.protocol.name())
                          .make({cluster, objects}, experiment.protocol.any_options());
  std::vector<std::string> names;
  for (const MessageType& type : cluster.fabric().ledger().types()) {
    names.push_back(type.name);
  }
  return names;
}

class Checks {
 public:
  Checks(config::Document& document, const Experiment& experiment)
      : document_(document), experiment_(experiment) {}

  void check(const config::Tagged& fault, const std::string& place) {
    if (fault.name() == "crash") {
      const auto& crash = fault.options<CrashFault>();
      check_server(crash.server, place);
      check_moment(crash.when, place);
    } else if (fault.name() == "nic_stall") {
      const auto& stall = fault.options<NicStallFault>();
      check_server(stall.server, place);
      check_stall(stall.duration, place);
      check_moment(stall.when, place);
    } else if (fault.name() == "link_down") {
      const auto& down = fault.options<LinkDownFault>();
      check_link(down.link, place);
      check_moment(down.when, place);
    }
  }

 private:
  void check_server(std::uint32_t server, const std::string& place) {
    if (server >= experiment_.cluster.servers) {
      document_.problem(place + "/server",
                        fmt::format("there is no server {}: the cluster has {}, counted from 0",
                                    server, experiment_.cluster.servers));
    }
  }

  /// Whoever waits for its answers must not give up meanwhile.
  void check_stall(Duration duration, const std::string& place) {
    const Duration patience = experiment_.cluster.nic.patience();
    if (duration >= patience) {
      document_.problem(place + "/for",
                        fmt::format("requests fail after {}: a NIC that stalls for longer is a "
                                    "server that has crashed",
                                    to_string(patience)));
    }
  }

  void check_link(const std::string& link, const std::string& place) {
    const Topology topology =
        make_topology(experiment_.cluster.topology, experiment_.cluster.servers);
    if (topology.find_cable(link).empty()) {
      document_.problem(place + "/link",
                        fmt::format("there is no link \"{}\"{}", link,
                                    config::suggestion(link, topology.cable_names())));
    }
  }

  void check_moment(const Moment& when, const std::string& place) {
    if (!when.before) {
      return;
    }
    if (types_.empty()) {
      types_ = message_types(experiment_);
    }
    const std::string& name = when.before->message;
    if (std::find(types_.begin(), types_.end(), name) == types_.end()) {
      document_.problem(place + "/before/message",
                        fmt::format("\"{}\" has no message \"{}\"{}", experiment_.protocol.name(),
                                    name, config::suggestion(name, types_)));
    }
  }

  config::Document& document_;
  const Experiment& experiment_;
  std::vector<std::string> types_;
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

void check_faults(config::Document& document, const Experiment& experiment) {
  Checks checks(document, experiment);
  if (experiment.cluster.servers == 1 && !experiment.faults.empty()) {
    document.problem("/faults", "a cluster of one server has no network that could break");
    return;
  }
  for (std::size_t i = 0; i < experiment.faults.size(); ++i) {
    checks.check(experiment.faults[i], fmt::format("/faults/{}", i));
  }
}

}  // namespace dsmsim
