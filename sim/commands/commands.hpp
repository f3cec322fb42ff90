#pragma once
// What the verbs of the command line do. sim/main.cpp fills the options and prints errors; each
// function returns the exit code or throws Error.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dsmsim {

/// Of `run` and `compare`.
struct RunOptions {
  std::string file;
  std::vector<std::string> settings;  ///< "path=value"
  std::optional<std::uint64_t> seed;
  bool check = false;
  bool schedule = false;  ///< `file` is one
  bool trace = false;     ///< of a schedule
  std::string out;        ///< folder of the results; "results/<name>" when empty
  std::string json;  ///< also write the result here; "-" is standard output, then nothing else is
                     ///< printed there
  std::size_t processes = 0;  ///< of a comparison at a time; 0: one per core
  std::vector<std::string> configs;
};

/// A file with axes is compared; a schedule is played.
int run_command(const RunOptions& options);
/// A file without axes is bad input.
int compare_command(const RunOptions& options);

/// `what` is one of catalogue_names().
int list_command(const std::string& what, const std::vector<std::string>& configs);
/// Prints the options of a protocol or a program, or of a configuration of one.
int describe_command(const std::string& name, const std::vector<std::string>& configs);
/// Prints the JSON Schema of experiments, or of another kind of file (ConfigKind::folder).
int schema_command(const std::string& what);
/// Reads files, without running them: experiments, or what the name of their folder says.
int validate_command(const std::vector<std::string>& files,
                     const std::vector<std::string>& settings,
                     const std::vector<std::string>& configs);
/// Draws the results in a folder: hands over to `python3 -m dsmsim plot`.
int plot_command(const std::string& folder);

/// Of `reproduce`.
struct ReproduceOptions {
  std::string paper;                     ///< a file, or the name of one in configs/references
  std::vector<std::string> figures;      ///< of it; all when empty
  std::vector<std::string> experiments;  ///< only these of the figures'; all when empty
  bool full = false;                     ///< at the published size
  bool check = false;                    ///< as RunOptions::check
  std::vector<std::string> settings;     ///< "path=value", behind those of the size
  std::string out;                       ///< "results/reproduce-<paper>" when empty
  std::size_t processes = 0;             ///< as RunOptions::processes
  std::vector<std::string> configs;
};

/// Runs what figures of a paper need, then draws them and prints every point beside the published
/// one: hands over to `python3 -m dsmsim reproduce`.
int reproduce_command(const ReproduceOptions& options);

/// Becomes `python3 -m dsmsim ARGUMENTS`; throws Error if it cannot.
[[noreturn]] void hand_over_to_python(const std::vector<std::string>& arguments);

/// Of `verbs`. Two options of which one would have no effect are refused.
struct VerbsOptions {
  std::optional<std::string> nic;  ///< kNic
  std::string op = "read";
  std::optional<std::string> sizes;  ///< "64B,1KiB", "2B..1MiB"; kSizes; not of an atomic
  std::optional<std::uint32_t> queue_pairs;
  std::optional<std::uint32_t> outstanding;
  std::optional<std::uint32_t> incast;  ///< senders to one receiver, in the place of two servers
  std::optional<std::string> topology;  ///< the one that the NIC's profile is fitted to
  std::optional<std::string> wire;
  std::vector<std::string> settings;  ///< "path=value" of PerftestSetup

  static constexpr const char* kNic = "cx3-ib40";
  static constexpr const char* kSizes = "2B..1MiB";

  std::string json;  ///< as RunOptions::json
  std::vector<std::string> configs;
};

std::vector<std::string> perftest_verbs();
/// Prints what perftest would print for the simulated NIC.
int verbs_command(const VerbsOptions& options);

/// Of `explore` and `litmus`.
struct ExploreOptions {
  std::string protocol;                ///< litmus: or "all"
  std::vector<std::string> scenarios;  ///< files; litmus: all that are shipped, when empty
  std::vector<std::string> settings;   ///< "option=value" of the protocol, "memory=SIZE"
  bool scarce = false;                 ///< before these, those of scarce_settings()
  std::uint64_t states = 0;            ///< give up after so many; 0: never
  bool all = false;                    ///< go on after failures, and count them
  std::string save;                    ///< where the schedule of a failure goes; empty: nowhere
  std::vector<std::string> configs;
};

/// Of `crash`.
struct CrashOptions {
  std::uint64_t walks = 0;  ///< random orders of a scenario; 0: one order, and every step of it
  std::size_t crashes = 1;  ///< on each of them
  std::uint64_t seed = 1;   ///< of these
  std::string save;         ///< where the schedule of a failing one goes; empty: nowhere
  std::string protocol;
  std::vector<std::string> scenarios;   ///< files
  std::string schedule;                 ///< a file with both and the order of events; or empty
  std::optional<std::uint32_t> server;  ///< only this one crashes
  std::vector<std::string> settings;    ///< as ExploreOptions::settings
  bool scarce = false;                  ///< as ExploreOptions::scarce
  std::vector<std::string> configs;
};

/// Of `fuzz`.
struct FuzzOptions {
  std::string protocol;  ///< with faults: or "all"
  bool faults = false;   ///< timed runs in which something breaks, in the place of scenarios
  double minutes = 1;
  std::uint64_t programs = 0;  ///< end after so many instead; 0: when time is up
  std::uint64_t seed = 1;
  std::vector<std::string> settings;  ///< as ExploreOptions::settings
  std::string save;                   ///< as ExploreOptions::save
  std::vector<std::string> configs;
};

/// Explores every order of events of each scenario; the exit code is that of the gravest failure.
int explore_command(const ExploreOptions& asked);
/// Plays the schedule in a file; the exit code is what it ends with.
int play_command(const RunOptions& options);
/// Compares what scenarios can show on engines with what the memory models allow.
int litmus_command(const ExploreOptions& options);
/// Crashes servers at every step of scenarios; the exit code is 3 unless all runs end as the engine
/// promises.
int crash_command(const CrashOptions& options);
/// Runs random programs in random orders of events, and makes what fails small; the exit code is
/// that of the failure.
int fuzz_command(const FuzzOptions& options);
/// The same with FuzzOptions::faults: what fails is an experiment; exit code 3 unless its own is
/// one that says more.
int fuzz_faults_command(const FuzzOptions& options);

}  // namespace dsmsim
