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

std::string place_of(std::size_t fault) { return fmt::format("/faults/{}", fault); }

/// Against the cluster, and against each other.
class FaultChecks {
 public:
  FaultChecks(const Experiment& experiment, const Cluster& cluster)
      : experiment_(experiment), cluster_(cluster) {}

  std::vector<SetupProblem> problems() && {
    for (std::size_t i = 0; i < experiment_.faults.size(); ++i) {
      check(i);
    }
    return std::move(problems_);
  }

 private:
  void check(std::size_t number) {
    const config::Tagged& fault = experiment_.faults[number];
    check_time(number);
    if (const auto server = server_of(fault)) {
      check_server(*server, number);
    }
    if (fault.name() == "nic_stall") {
      check_stall(fault.options<NicStallFault>().duration, number);
    } else if (fault.name() == "link_down") {
      check_link(fault.options<LinkDownFault>(), number);
    }
  }

  void refuse(std::size_t number, const std::string& key, const std::string& why) {
    problems_.push_back({place_of(number) + key, why});
  }

  void check_time(std::size_t number) {
    const Moment* const when = moment_of(experiment_.faults[number]);
    const auto& limit = experiment_.limits.simulated_time;
    if (when != nullptr && when->at && limit && *when->at > *limit) {
      refuse(number, "/at",
             fmt::format("the run ends before: limits.simulated_time is {}", to_string(*limit)));
    }
  }

  void check_server(std::uint32_t server, std::size_t number) {
    const std::uint32_t servers = experiment_.cluster.servers;
    if (server >= servers) {
      refuse(number, "/server",
             fmt::format("there is no server {}: the cluster has {}, counted from 0", server,
                         servers));
    }
  }

  /// Whoever waits for its answers must not give up meanwhile.
  void check_stall(Duration duration, std::size_t number) {
    const Duration patience = experiment_.cluster.nic.patience();
    if (duration >= patience) {
      refuse(number, "/for",
             fmt::format("requests fail after {}: a NIC that stalls for longer is "
                         "a server that has crashed",
                         to_string(patience)));
    }
  }

  void check_link(const LinkDownFault& fault, std::size_t number) {
    const Topology& topology = cluster_.fabric().topology();
    const std::vector<LinkId> links = topology.find_cable(fault.link);
    if (links.empty()) {
      refuse(number, "/link",
             fmt::format("there is no link \"{}\"{}", fault.link,
                         config::suggestion(fault.link, topology.cable_names())));
    } else if (!is_crossed(links)) {
      refuse(number, "/link",
             fmt::format("no message crosses \"{}\": it is on no way between two servers",
                         fault.link));
    }
  }

  bool is_crossed(const std::vector<LinkId>& links) const {
    const std::uint32_t servers = experiment_.cluster.servers;
    for (std::uint32_t from = 0; from < servers; ++from) {
      for (std::uint32_t to = 0; to < servers; ++to) {
        if (is_crossed(links, NodeId(from), NodeId(to))) {
          return true;
        }
      }
    }
    return false;
  }

  bool is_crossed(const std::vector<LinkId>& links, NodeId from, NodeId to) const {
    for (std::uint32_t lane = 0; lane < experiment_.cluster.fabric.lanes; ++lane) {
      const Route route = cluster_.fabric().topology().route(from, to, lane);
      if (std::find_first_of(route.begin(), route.end(), links.begin(), links.end()) !=
          route.end()) {
        return true;
      }
    }
    return false;
  }

  const Experiment& experiment_;
  const Cluster& cluster_;
  std::vector<SetupProblem> problems_;
};

/// Against what the engine has declared.
class MessageChecks {
 public:
  MessageChecks(const Experiment& experiment, const Cluster& cluster, const Engine& engine)
      : protocol_(experiment.protocol.name()),
        types_(cluster.fabric().ledger().types()),
        silent_(types_.empty() && engine.compute_servers() == 1) {}

  void check(const config::Tagged& fault, const std::string& place) {
    if (silent_ && !(fault.name() == "crash" && server_of(fault) == 0)) {
      problems_.push_back({place, fmt::format("\"{}\", as it is set, sends no message: the only "
                                              "fault that concerns it is a crash of server 0",
                                              protocol_)});
    } else if (fault.name() == "datagram_loss") {
      check_datagrams(place);
    } else if (const Moment* const when = moment_of(fault); when != nullptr && when->before) {
      check_step(*when->before, place + "/before/message");
    }
  }
  std::vector<SetupProblem> problems() && { return std::move(problems_); }

 private:
  void check_datagrams(const std::string& place) {
    if (std::none_of(types_.begin(), types_.end(),
                     [](const MessageType& type) { return type.verb == Verb::send_ud; })) {
      problems_.push_back({place, fmt::format("\"{}\" sends no unreliable datagrams (SEND_UD): "
                                              "there is nothing to lose",
                                              protocol_)});
    }
  }

  void check_step(const ProtocolStep& step, const std::string& place) {
    std::vector<std::string> names;
    for (const MessageType& type : types_) {
      names.push_back(type.name);
    }
    if (std::find(names.begin(), names.end(), step.message) == names.end()) {
      problems_.push_back(
          {place, fmt::format("\"{}\" has no message \"{}\"{}", protocol_, step.message,
                              config::suggestion(step.message, names))});
    }
  }

  const std::string& protocol_;
  std::span<const MessageType> types_;
  bool silent_;
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
  f.required("rate", fault.rate, "share of the messages", config::positive_at_most(1.0));
  f.required("by", fault.by, "what they take longer", config::positive());
}

void describe(config::Fields& f, DatagramLossFault& fault) {
  f.required("rate", fault.rate, "share of the unreliable datagrams",
             config::positive_at_most(1.0));
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
  return FaultChecks(experiment, cluster).problems();
}

std::vector<SetupProblem> message_problems(const Experiment& experiment, const Cluster& cluster,
                                           const Engine& engine) {
  if (experiment.faults.empty() || !cluster.has_fabric()) {
    return {};
  }
  MessageChecks checks(experiment, cluster, engine);
  for (std::size_t i = 0; i < experiment.faults.size(); ++i) {
    checks.check(experiment.faults[i], place_of(i));
  }
  return std::move(checks).problems();
}

}  // namespace dsmsim
