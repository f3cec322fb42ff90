#pragma once
// What is to break in a run, as an experiment's "faults" say (docs/faults.md). Read with the
// experiment; FaultInjector (fault_injector.hpp) carries it out.

#include <optional>
#include <string>
#include <vector>

#include "sim/base/config/tagged.hpp"

namespace dsmsim {

class Cluster;
class Engine;
struct Experiment;
struct SetupProblem;

/// The `number`-th arrival of a message of this type, counted over all servers.
struct ProtocolStep {
  std::string message;
  std::uint64_t number = 1;
};

/// At a simulated time, or just before a step of the protocol: one of the two.
struct Moment {
  std::optional<Duration> at;
  std::optional<ProtocolStep> before;
};

struct CrashFault {
  std::uint32_t server = 0;
  Moment when;
  std::optional<Duration> restart_after;
};

/// Both directions of a cable.
struct LinkDownFault {
  std::string link;
  Moment when;
  Duration duration;
  std::optional<Duration> every;  ///< from one beginning to the next
};

struct NicStallFault {
  std::uint32_t server = 0;
  Moment when;
  Duration duration;
};

/// Of a message: a share of them, drawn at random, takes longer. Queue pairs keep their order.
struct DelayFault {
  double rate = 0;
  Duration by;
};

/// Of unreliable datagrams; all other messages are sent again.
struct DatagramLossFault {
  double rate = 0;
};

void describe(config::Fields& fields, ProtocolStep& step);
void describe(config::Fields& fields, CrashFault& fault);
void describe(config::Fields& fields, LinkDownFault& fault);
void describe(config::Fields& fields, NicStallFault& fault);
void describe(config::Fields& fields, DelayFault& fault);
void describe(config::Fields& fields, DatagramLossFault& fault);

/// What each item of "faults" may be.
const config::Registry& fault_kinds();

/// Every fault of what the experiment does not have, and every one that could do nothing: of a
/// cable that no message crosses, at a time that the run never reaches.
std::vector<SetupProblem> fault_problems(const Experiment& experiment, const Cluster& cluster);
/// Every fault of messages that the run does not have: of a type that nobody has declared, of
/// datagrams where none are sent. The engine has been made in the cluster.
std::vector<SetupProblem> message_problems(const Experiment& experiment, const Cluster& cluster,
                                           const Engine& engine);

}  // namespace dsmsim
