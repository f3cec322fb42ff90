#pragma once
// Random experiments in which something breaks, for `fuzz --faults` (fault_fuzz.hpp): a small
// program on a few servers under a given protocol, checked and bounded, and a plan of faults for
// the time that it takes. Each is the JSON of a file that `dsmsim run` reads.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// The protocol of a case, as a user names and sets it.
struct CaseProtocol {
  std::string name;
  std::vector<std::string> settings;  ///< "option=value", of every case
  std::vector<std::string> strains;   ///< the same, of some cases: ProtocolRow::strains
};

/// A run without faults: what plans of faults are drawn from.
struct WholeRun {
  Duration length;
  std::uint64_t operations = 0;
  std::vector<std::string> messages;  ///< types of which some arrived, and ...
  std::vector<std::uint64_t> counts;  ///< ... how many
  std::vector<std::string> cables;
};

/// A run without faults.
nlohmann::ordered_json random_run(RandomStream& random, const CaseProtocol& protocol);

/// The same run with 1 to 4 faults in it: "faults", "failure_detection" and how soon its NICs send
/// again. They may overlap, come one after the other, or come after the end. Some plans are refused
/// (fault_plan.hpp).
nlohmann::ordered_json with_random_faults(RandomStream& random, nlohmann::ordered_json run,
                                          const WholeRun& whole);

}  // namespace dsmsim
