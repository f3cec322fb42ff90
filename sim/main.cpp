// The command line of dsmsim: verbs, nothing else. What a verb does is in sim/experiment; every
// error ends as plain lines on standard error and an exit code (docs/architecture.md).

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "protocols/all.hpp"
#include "sim/base/config/text.hpp"
#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/interrupt.hpp"
#include "sim/experiment/catalogue.hpp"
#include "sim/experiment/registries.hpp"
#include "sim/experiment/version.hpp"
#include "workloads/all.hpp"

namespace {

using namespace dsmsim;

/// The parser would take -1 for the largest number there is.
template <class Number>
CLI::Validator whole_number(Number least, Number most = std::numeric_limits<Number>::max()) {
  const auto check = [least, most](const std::string& text) -> std::string {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto [at, status] = std::from_chars(text.data(), end, number);
    return status == std::errc() && at == end && number >= least && number <= most
               ? ""
               : fmt::format("\"{}\" is not a whole number from {} to {}", text, least, most);
  };
  return {check, "", "whole number"};
}

/// It would take "nan", which is no less than zero, "inf", and "1e300".
CLI::Validator minutes() {
  static constexpr double kMost = 100 * 24 * 60;  // 100 days, as limits of experiments
  const auto check = [](const std::string& text) -> std::string {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [at, status] = std::from_chars(text.data(), end, number);
    return status == std::errc() && at == end && number > 0 && number <= kMost
               ? ""
               : fmt::format("\"{}\" is not a number above 0 and at most {}", text, kMost);
  };
  return {check, "", "minutes"};
}

/// What the user asked for; the verb's callback leaves its exit code in `code`.
struct CommandLine {
  CLI::App app{"Simulates a cluster that runs a distributed shared memory, to compare protocols.",
               "dsmsim"};
  RunOptions run;
  VerbsOptions verbs;
  ExploreOptions explore;
  CrashOptions crash;
  FuzzOptions fuzz;
  ReproduceOptions reproduce;
  std::string what;
  std::vector<std::string> files;
  std::string folder;
  int code = 0;

  CommandLine() {
    app.require_subcommand(1);
    app.set_version_flag("--version", "dsmsim " + version() + " " + commit());
    add_run("run", "Run one experiment (a file with axes is compared)", run_command);
    add_run("compare", "Run every combination of a file's axes, each in a process of its own",
            compare_command);
    add_list();
    add_describe();
    add_schema();
    add_validate();
    add_plot();
    add_reproduce();
    add_verbs();
    add_explore();
    add_litmus();
    add_crash();
    add_fuzz();
  }

  /// The parser would only say that a verb is missing.
  void check_verb(const std::string& word) const {
    std::vector<std::string> names;
    for (const CLI::App* verb : app.get_subcommands({})) {
      names.push_back(verb->get_name());
    }
    const bool known = std::find(names.begin(), names.end(), word) != names.end();
    if (!word.empty() && word.front() != '-' && !known) {
      throw Error("dsmsim: there is no command \"" + word + "\"" + config::suggestion(word, names));
    }
  }

 private:
  void add_configs(CLI::App* verb) {
    verb->add_option("--configs", run.configs, "Folder with more configuration files; repeatable")
        ->allow_extra_args(false);
  }

  void add_settings(CLI::App* verb) {
    verb->add_option("--set", run.settings,
                     "PATH=VALUE overrides the file, as in servers=4, nic.mtu=1KiB, "
                     "program.get_ratio=0.5; repeatable")
        ->allow_extra_args(false);
    add_configs(verb);
  }

  void add_run(const std::string& name, const std::string& help,
               int (*command)(const RunOptions&)) {
    CLI::App* verb = app.add_subcommand(name, help);
    verb->add_option("FILE", run.file, "The experiment: a file, or the name of one that is shipped")
        ->required();
    add_settings(verb);
    verb->add_option("--seed", run.seed, "Of all random streams; same as --set seed=N")
        ->check(whole_number<std::uint64_t>(0));
    verb->add_flag("--check", run.check,
                   "Compare every read and write with the memory model that the protocol claims; "
                   "same as --set check=true");
    if (name == "run") {
      verb->add_flag("--schedule", run.schedule, "The file is a schedule that explore has written");
      verb->add_flag("--trace", run.trace, "Of a schedule: print every step");
    }
    verb->add_option("--out", run.out, "Folder of the results (results/NAME)")
        ->check([](const std::string& given) {
          return std::string(given.empty() ? "a folder has a name" : "");
        });
    verb->add_option("--json", run.json, "Also write the result to this file; - is the screen");
    verb->add_option("-j,--jobs", run.processes,
                     "Runs of a comparison at a time (as many as there are cores)")
        ->check(whole_number<std::size_t>(1, 4096));
    verb->callback([this, command] { code = command(run); });
  }

  void add_list() {
    CLI::App* verb = app.add_subcommand("list", "Say what there is to choose from");
    verb->add_option("WHAT", what)->required()->check(CLI::IsMember(catalogue_names()));
    add_configs(verb);
    verb->callback([this] { code = list_command(what, run.configs); });
  }

  void add_describe() {
    CLI::App* verb = app.add_subcommand("describe", "Print the options of a protocol or a program");
    verb->add_option("NAME", what, "As `list protocols` and `list workloads` have it")->required();
    add_configs(verb);
    verb->callback([this] { code = describe_command(what, run.configs); });
  }

  void add_schema() {
    std::vector<std::string> names = {"experiments"};
    for (const ConfigKind& kind : config_kinds()) {
      names.push_back(kind.folder);
    }
    CLI::App* verb = app.add_subcommand("schema", "Print the JSON Schema of configuration files");
    verb->add_option("WHAT", what, "Kind of file (experiments)")->check(CLI::IsMember(names));
    verb->callback([this] { code = schema_command(what); });
  }

  void add_validate() {
    CLI::App* verb =
        app.add_subcommand("validate",
                           "Read configuration files without running them, and say every mistake "
                           "that run and compare would refuse, for every combination of axes");
    verb->add_option("FILE", files)->required();
    add_settings(verb);
    verb->callback([this] { code = validate_command(files, run.settings, run.configs); });
  }

  void add_plot() {
    CLI::App* verb = app.add_subcommand("plot", "Draw the results of a run or a comparison");
    verb->add_option("DIR", folder, "A folder that run or compare has written")->required();
    verb->callback([this] { code = plot_command(folder); });
  }

  void add_reproduce() {
    CLI::App* verb = app.add_subcommand(
        "reproduce",
        "Run what a paper's figures need, draw them, and say how far every published point is off");
    verb->add_option("PAPER", reproduce.paper,
                     "As `list references` has it, or a file of one's own")
        ->required();
    verb->add_option("FIGURE", reproduce.figures, "Figures (all)");
    verb->add_flag("--full", reproduce.full, "At the published size, which may take long");
    verb->add_option("--experiment", reproduce.experiments,
                     "Only this one of a figure's experiments; repeatable")
        ->allow_extra_args(false);
    verb->add_option("--set", reproduce.settings,
                     "PATH=VALUE of every experiment, as in program.scale=0.01; repeatable")
        ->allow_extra_args(false);
    verb->add_option("--configs", reproduce.configs,
                     "Folder with more configuration files; repeatable")
        ->allow_extra_args(false);
    verb->add_flag("--check", reproduce.check, "As of run");
    verb->add_option("--out", reproduce.out, "Folder of the results (results/reproduce-PAPER)")
        ->check([](const std::string& given) {
          return std::string(given.empty() ? "a folder has a name" : "");
        });
    verb->add_option("-j,--jobs", reproduce.processes,
                     "Runs at a time (as many as there are cores)")
        ->check(whole_number<std::size_t>(1, 4096));
    verb->callback([this] { code = reproduce_command(reproduce); });
  }

  void add_verbs() {
    CLI::App* verb = app.add_subcommand("verbs", "Measure a simulated NIC as perftest does");
    verb->add_option("--nic", verbs.nic, "NIC profile")->default_str(VerbsOptions::kNic);
    verb->add_option("--op", verbs.op)
        ->check(CLI::IsMember(perftest_verbs()))
        ->capture_default_str();
    verb->add_option("--sizes", verbs.sizes,
                     "Sizes, or a range of powers of two; an atomic has 8 bytes")
        ->default_str(VerbsOptions::kSizes);
    verb->add_option("--qps", verbs.queue_pairs, "Queue pairs")
        ->default_str("1")
        ->check(whole_number<std::uint32_t>(1));
    verb->add_option("--outstanding", verbs.outstanding, "Requests in flight per queue pair")
        ->default_str("128")
        ->check(whole_number<std::uint32_t>(1));
    verb->add_option("--incast", verbs.incast,
                     "Time for N senders to one receiver instead, of one message each: "
                     "without --qps and --outstanding")
        ->check(whole_number<std::uint32_t>(1));
    verb->add_option("--topology", verbs.topology,
                     "Network (the one that the profile is fitted to)");
    verb->add_option("--wire", verbs.wire, "Wire model: queue, flow or automatic")
        ->default_str("automatic");
    verb->add_option("--set", verbs.settings,
                     "PATH=VALUE, as in nic.mtu=1KiB or flow_above=64KiB; repeatable")
        ->allow_extra_args(false);
    verb->add_option("--json", verbs.json, "Write rows to this file; - is the screen");
    verb->add_option("--configs", verbs.configs, "Folder with more configuration files; repeatable")
        ->allow_extra_args(false);
    verb->callback([this] { code = verbs_command(verbs); });
  }

  void add_explore() {
    CLI::App* verb = app.add_subcommand(
        "explore", "Check a protocol in every order of events that the fabric permits");
    verb->add_option("PROTOCOL", explore.protocol)->required();
    verb->add_option("SCENARIO", explore.scenarios, "Files, as in tests/litmus")->required();
    verb->add_option("--states", explore.states, "Give up after so many states")
        ->check(whole_number<std::uint64_t>(1));
    verb->add_flag("--all", explore.all, "Go on after failures, and count them");
    verb->add_option("--save", explore.save, "File for the shortest schedule that fails");
    verb->add_flag("--scarce", explore.scarce, kScarce);
    add_protocol_settings(verb, explore);
    verb->callback([this] { code = explore_command(explore); });
  }

  void add_litmus() {
    CLI::App* verb = app.add_subcommand(
        "litmus", "Compare what small programs show on a protocol with its memory model");
    verb->add_option("PROTOCOL", explore.protocol, "A protocol, or all")->required();
    verb->add_option("TEST", explore.scenarios, "Files (all of tests/litmus)");
    add_protocol_settings(verb, explore);
    verb->callback([this] { code = litmus_command(explore); });
  }

  void add_crash() {
    CLI::App* verb = app.add_subcommand(
        "crash", "Crash every server at every step of a scenario, and say what comes of it");
    verb->add_option("PROTOCOL", crash.protocol);
    verb->add_option("SCENARIO", crash.scenarios, "Files, as in tests/scenarios");
    verb->add_option("--server", crash.server, "Crash only this server")
        ->check(whole_number<std::uint32_t>(0));
    verb->add_option("--schedule", crash.schedule,
                     "File with a scenario and an order of events, as explore --save writes");
    CLI::Option* const walks =
        verb->add_option("--walks", crash.walks,
                         "Take so many random orders of events instead, with crashes at any step")
            ->check(whole_number(crash.walks))
            ->excludes("--schedule");
    verb->add_option("--crashes", crash.crashes, "Servers that crash on each of these")
        ->capture_default_str()
        ->check(whole_number(crash.crashes))
        ->needs(walks);
    verb->add_option("--seed", crash.seed, "Of these orders")
        ->capture_default_str()
        ->check(whole_number(crash.seed))
        ->needs(walks);
    verb->add_option("--save", crash.save, "File for one of them that fails, to be played again")
        ->needs(walks);
    verb->add_flag("--scarce", crash.scarce, kScarce);
    add_protocol_settings(verb, crash);
    verb->callback([this] { code = crash_command(crash); });
  }

  void add_fuzz() {
    CLI::App* verb =
        app.add_subcommand("fuzz", "Run random programs on a protocol in random orders of events");
    verb->add_option("PROTOCOL", fuzz.protocol, "With --faults also: all")->required();
    verb->add_flag(
        "--faults", fuzz.faults,
        "Random programs in simulated time instead, with random crashes, cables that are "
        "down, stalls and delays");
    verb->add_option("--minutes", fuzz.minutes, "Time to spend")
        ->capture_default_str()
        ->check(minutes());
    verb->add_option("--programs", fuzz.programs, "Programs to run, whatever time they take")
        ->check(whole_number<std::uint64_t>(1));
    verb->add_option("--seed", fuzz.seed, "Of programs and orders")
        ->capture_default_str()
        ->check(whole_number<std::uint64_t>(0));
    verb->add_option("--save", fuzz.save,
                     "File for the shortest schedule that fails; with --faults, the experiment");
    add_protocol_settings(verb, fuzz);
    verb->callback([this] { code = fuzz.faults ? fuzz_faults_command(fuzz) : fuzz_command(fuzz); });
  }

  static constexpr const char* kScarce =
      "With little memory and tiny caches, so that there are evictions";

  template <class Options>
  void add_protocol_settings(CLI::App* verb, Options& options) {
    verb->add_option("--set", options.settings,
                     "OPTION=VALUE of the protocol, as in cache=512B, or memory=SIZE; repeatable")
        ->allow_extra_args(false);
    verb->add_option("--configs", options.configs,
                     "Folder with more configuration files; repeatable")
        ->allow_extra_args(false);
  }
};

/// A file that is opened must not become one of the three streams: what is printed would go there.
/// What is printed into this one fails.
void open_missing_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (fcntl(stream, F_GETFD) < 0) {
      open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

/// Names of files come into results, which are UTF-8.
void check_arguments(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!config::is_utf8(argv[i])) {
      throw InputErrors({fmt::format("dsmsim: the argument \"{}\" is not UTF-8", argv[i])});
    }
  }
}

int fail(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  return static_cast<int>(code);
}

/// Whatever a verb has printed is nothing worth if nobody gets it.
int after_output(int code) {
  errno = 0;
  const bool arrived = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (arrived || code != static_cast<int>(ExitCode::ok)) {
    return code;
  }
  const std::string why = errno != 0 ? std::string(": ") + std::strerror(errno) : "";
  return fail(ExitCode::bad_input, "standard output cannot be written" + why);
}

int run(int argc, char** argv) {
  try {
    hand_in(all_protocols(), all_programs());
    CommandLine line;
    const MemoryLimit memory(default_memory_limit());
    try {
      check_arguments(argc, argv);
      line.check_verb(argc > 1 ? argv[1] : "");
      line.app.parse(argc, argv);
    } catch (const CLI::Success& success) {
      return line.app.exit(success);  // --help, --version
    } catch (const CLI::ParseError& error) {
      return fail(ExitCode::bad_input,
                  "dsmsim: " + std::string(error.what()) + "; see dsmsim --help");
    }
    return line.code;
  } catch (const Error& error) {
    return fail(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(ExitCode::limit, "out of memory: more was wanted than the " +
                                     memory_text(default_memory_limit()) +
                                     " that this machine has for it");
  } catch (const std::exception& error) {
    if (std::ferror(stdout) != 0) {  // fmt throws
      return static_cast<int>(ExitCode::ok);
    }
    return fail(ExitCode::internal, "internal error: " + std::string(error.what()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_missing_streams();
  const InterruptGuard guard;
  return after_output(run(argc, argv));
}
