#include "sim/check/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/check/crash_walk.hpp"
#include "sim/check/livelock.hpp"

namespace dsmsim {
namespace {

using nlohmann::ordered_json;

constexpr const char* kSchema = "dsmsim-schedule-1";

struct Ending {
  std::string_view name;
  ExitCode code;
};
constexpr std::array kEndings = {Ending{"well", ExitCode::ok},
                                 Ending{"internal", ExitCode::internal},
                                 Ending{"bad_input", ExitCode::bad_input},
                                 Ending{"incoherent", ExitCode::incoherent},
                                 Ending{"deadlock", ExitCode::deadlock},
                                 Ending{"lost", ExitCode::lost}};

std::string name_of(ExitCode code) {
  const auto found = std::find_if(kEndings.begin(), kEndings.end(),
                                  [code](const Ending& ending) { return ending.code == code; });
  return std::string(found == kEndings.end() ? "well" : found->name);
}

/// One of kEndings.
ExitCode ending_named(const std::string& name) {
  return std::find_if(kEndings.begin(), kEndings.end(),
                      [&name](const Ending& ending) { return ending.name == name; })
      ->code;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

/// As it is written.
struct ScheduleText {
  std::string schema;
  std::string about;
  std::string protocol;
  std::vector<std::string> settings;
  std::string ends;
  std::vector<std::string> scenario;
  std::vector<std::string> choices;
};

void describe(config::Fields& f, ScheduleText& text) {
  config::Check<std::string> endings;
  for (const Ending& ending : kEndings) {
    endings.limits.words.emplace_back(ending.name);
  }
  f.required("schema", text.schema, "of this form", config::one_of({kSchema}));
  f.optional("about", text.about, "what it shows");
  f.required("protocol", text.protocol, "the coherence engine");
  f.optional("settings", text.settings, "option=value of it");
  f.required("ends", text.ends, "how it ends", endings);
  f.required("scenario", text.scenario, "its lines (docs/litmus.md)");
  f.required("choices", text.choices, "the order of events");
}

std::vector<Choice> parse_choices(const std::vector<std::string>& texts,
                                  config::Document& document) {
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    try {
      choices.push_back(parse_choice(texts[i]));
    } catch (const Error& error) {
      document.problem(fmt::format("/choices/{}", i), error.what());
    }
  }
  document.throw_if_problems();
  return choices;
}

/// What is happening to somebody with a number.
struct NumberedChoice {
  std::string_view name;
  Choice::Kind kind;
};
constexpr std::array kNumbered = {
    NumberedChoice{"thread", Choice::Kind::thread}, NumberedChoice{"timer", Choice::Kind::timer},
    NumberedChoice{"crash", Choice::Kind::crash}, NumberedChoice{"tell", Choice::Kind::tell}};

/// The messages that a step has sent: what stands at the ends of the queues and did not before.
std::string sent(const std::vector<std::string>& before, std::vector<std::string> after) {
  std::string text;
  for (const std::string& message : before) {
    const auto found = std::find(after.begin(), after.end(), message);
    if (found != after.end()) {
      after.erase(found);
    }
  }
  for (const std::string& message : after) {
    text += fmt::format("         sends {}\n", message);
  }
  return text;
}

std::string known_defects(const Execution& execution) {
  std::string text;
  for (const std::string& defect : execution.inspection()->defects_met()) {
    text += "known defect: " + defect + "\n";
  }
  return text;
}

/// If nothing more can happen where the schedule ends.
void finish(const Scenario& scenario, Execution& execution, Playback& playback) {
  std::vector<Choice> possible;
  execution.list_choices(possible);
  if (!possible.empty()) {
    return;
  }
  if (!execution.has_crashed()) {
    playback.what = to_text(scenario, execution.finish());
  } else if (const auto waits = who_still_waits(scenario, execution)) {
    playback.ends = ExitCode::incoherent;
    playback.what = *waits;
  }
}

}  // namespace

std::string to_text(const Choice& choice) {
  for (const NumberedChoice& numbered : kNumbered) {
    if (numbered.kind == choice.kind) {
      return fmt::format("{} {}", numbered.name, choice.number);
    }
  }
  return fmt::format("{} {} {}", choice.message.completion ? "complete" : "arrive",
                     choice.message.from.value(), choice.message.to.value());
}

Choice parse_choice(const std::string& text) {
  std::istringstream in(text);
  std::string kind;
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  in >> kind >> first;
  const bool message = kind == "arrive" || kind == "complete";
  if (message) {
    in >> second;
  }
  std::string more;
  const auto numbered =
      std::find_if(kNumbered.begin(), kNumbered.end(),
                   [&kind](const NumberedChoice& choice) { return choice.name == kind; });
  if (!in || in >> more || (!message && numbered == kNumbered.end())) {
    throw Error("\"" + text +
                "\" is no choice: expected \"thread 0\", \"arrive 0 1\", \"complete 0 1\", "
                "\"timer 0\", \"crash 0\" or \"tell 0\"");
  }
  if (message) {
    return {.kind = Choice::Kind::message,
            .message = {NodeId(first), NodeId(second), 0, kind == "complete"}};
  }
  return {.kind = numbered->kind, .number = first};
}

std::string to_text(const ScheduleFile& file) {
  std::vector<std::string> choices;
  for (const Choice& choice : file.choices) {
    choices.push_back(to_text(choice));
  }
  const ordered_json json = {
      {"schema", kSchema},          {"about", file.about},
      {"protocol", file.protocol},  {"settings", file.settings},
      {"ends", name_of(file.ends)}, {"scenario", lines_of(to_text(file.scenario))},
      {"choices", choices}};
  return json.dump(2) + "\n";
}

ScheduleFile read_schedule(const std::string& path) {
  config::Document document = config::load(path);
  const auto text = config::read<ScheduleText>(document);
  return {text.about,
          text.protocol,
          text.settings,
          ending_named(text.ends),
          parse_scenario(join(text.scenario), path + " /scenario"),
          parse_choices(text.choices, document)};
}

void check_possible(const Execution& execution, const Schedule& schedule, std::size_t step) {
  const Choice& choice = schedule[step];
  const bool fails = choice.kind == Choice::Kind::crash || choice.kind == Choice::Kind::tell;
  std::vector<Choice> possible;
  execution.list_choices(possible);
  if (fails ? !execution.may_fail(choice)
            : std::find(possible.begin(), possible.end(), choice) == possible.end()) {
    throw Error(
        fmt::format("step {}, \"{}\", is not possible where it stands", step + 1, to_text(choice)));
  }
}

namespace {

/// The states that a schedule has led through.
class Trail {
 public:
  void add(const Execution& execution) {
    fingerprints_.push_back(execution.fingerprint());
    execution.list_choices(possible_.emplace_back());
  }
  /// The steps of the livelock that the schedule ends with; 0: it ends with none.
  std::size_t livelock(const Schedule& schedule) const {
    const auto before = std::find(fingerprints_.begin(), fingerprints_.end(), fingerprints_.back());
    const auto round = fingerprints_.end() - 1 - before;
    const bool fair = round > 0 && is_fair_round({possible_.end() - 1 - round, possible_.end() - 1},
                                                 {schedule.end() - round, schedule.end()});
    return fair ? static_cast<std::size_t>(round) : 0;
  }

 private:
  std::vector<std::uint64_t> fingerprints_;
  std::vector<std::vector<Choice>> possible_;
};

}  // namespace

Playback play(const Scenario& scenario, const Specimen& specimen, const Schedule& schedule) {
  const Topology topology = timeless_topology(specimen.servers(scenario));
  Playback playback;
  Execution execution(scenario, specimen, topology);
  const auto ends = [&playback] {
    const Failure failure = current_failure({});
    playback.ends = failure.code;
    playback.what = failure.what;
    return playback;
  };
  Trail trail;
  trail.add(execution);
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    check_possible(execution, schedule, i);
    playback.trace += fmt::format("{:4}  {}\n", i + 1, execution.describe(schedule[i]));
    const std::vector<std::string> before = execution.messages();
    try {
      execution.take(schedule[i]);
      playback.trace += sent(before, execution.messages());
      if (!execution.has_crashed()) {
        execution.check();
      }
    } catch (...) {
      return ends();
    }
    trail.add(execution);
  }
  const std::string defects = known_defects(execution);
  const std::size_t round = trail.livelock(schedule);
  try {
    finish(scenario, execution, playback);
  } catch (...) {
    return ends();
  }
  if (round > 0) {
    playback.ends = ExitCode::deadlock;
    playback.what = livelock_report(execution, round);
  }
  playback.what = defects + playback.what;
  return playback;
}

}  // namespace dsmsim
