#include "sim/check/crash_table.hpp"

#include <fmt/format.h>
#include <tsl/robin_map.h>

#include <algorithm>
#include <array>
#include <optional>

#include "sim/check/schedule.hpp"

namespace dsmsim {
namespace {

/// Says what happens next, and when a state has come again.
class FirstChoices {
 public:
  /// Nothing at the end.
  std::optional<Choice> next(const Execution& execution) {
    choices_.clear();
    execution.list_choices(choices_);
    if (choices_.empty()) {
      return std::nullopt;
    }
    if (choices_.front().kind != Choice::Kind::timer) {
      return choices_.front();
    }
    return choices_[turn_++ %
                    choices_.size()];  // or one that is always first would starve the rest
  }
  /// To be asked once before every next(): so often that each timer has had its turn.
  bool comes_again(const Execution& execution) {
    return ++seen_[execution.fingerprint()] > choices_.size() + 1;
  }

 private:
  std::vector<Choice> choices_;
  std::size_t turn_ = 0;
  tsl::robin_map<std::uint64_t, std::size_t> seen_;
};

class Table {
 public:
  Table(const Scenario& scenario, const Specimen& specimen, const CrashPlan& plan)
      : scenario_(scenario),
        specimen_(specimen),
        plan_(plan),
        topology_(timeless_topology(std::max<std::size_t>(scenario.servers, 2))) {}

  CrashTable make() {
    table_.schedule = plan_.schedule.empty() ? first_schedule() : plan_.schedule;
    std::vector<NodeId> servers = plan_.servers;
    for (std::uint32_t i = 0; plan_.servers.empty() && i < topology_.servers(); ++i) {
      servers.emplace_back(i);
    }
    // The last step of a schedule that somebody has kept may be the one that fails.
    const std::size_t end = table_.schedule.size() + (plan_.schedule.empty() ? 1 : 0);
    for (std::size_t step = 0; step < end; ++step) {
      for (const NodeId server : servers) {
        if (plan_.poll) {
          plan_.poll();
        }
        table_.runs.push_back(run(step, server));
      }
    }
    return std::move(table_);
  }

 private:
  Schedule first_schedule() const {
    Execution execution(scenario_, specimen_, topology_);
    FirstChoices choices;
    Schedule schedule;
    while (!choices.comes_again(execution)) {
      const std::optional<Choice> choice = choices.next(execution);
      if (!choice) {
        execution.finish();
        return schedule;
      }
      execution.take(*choice);
      schedule.push_back(*choice);
    }
    throw Error(ExitCode::deadlock, scenario_.name + ": without a crash, too, it never ends");
  }

  void take(Execution& execution, std::size_t step) const {
    std::vector<Choice> possible;
    execution.list_choices(possible);
    const Choice& choice = table_.schedule[step];
    if (std::find(possible.begin(), possible.end(), choice) == possible.end()) {
      throw Error(fmt::format("step {}, \"{}\", is not possible where it stands", step + 1,
                              to_text(choice)));
    }
    execution.take(choice);
  }

  CrashRun run(std::size_t step, NodeId server) const {
    Execution execution(scenario_, specimen_, topology_);
    for (std::size_t i = 0; i < step; ++i) {
      take(execution, i);
    }
    CrashRun run{.step = step, .server = server};
    if (step < table_.schedule.size()) {
      run.next = execution.describe(table_.schedule[step]);
    }
    try {
      execution.crash(server);
      run.end = go_on(execution);
    } catch (const Error& error) {
      const bool expected = error.code() == ExitCode::lost;
      run.end = expected ? CrashEnd::failed : CrashEnd::incorrect;
      run.what = expected ? "" : error.what();
    } catch (const std::logic_error& error) {
      run.end = CrashEnd::incorrect;
      run.what = error.what();
    }
    describe(execution, run);
    return run;
  }

  static CrashEnd go_on(Execution& execution) {
    FirstChoices choices;
    while (!choices.comes_again(execution)) {
      const std::optional<Choice> choice = choices.next(execution);
      if (!choice) {
        return CrashEnd::waits;  // or not: see describe()
      }
      execution.take(*choice);
    }
    return CrashEnd::tries;
  }

  void describe(const Execution& execution, CrashRun& run) const {
    for (std::size_t i = 0; i < scenario_.threads.size(); ++i) {
      const Thread& thread = execution.world().thread(execution.thread(i));
      (thread.is_lost()     ? run.lost
       : thread.has_ended() ? run.finished
                            : run.unfinished)
          .push_back(i);
    }
    const Losses& losses = execution.world().losses();
    for (const ObjectId object : losses.crashes.front().objects) {
      run.objects.push_back(scenario_.objects[execution.object(object).index()].name);
    }
    if (run.end == CrashEnd::incorrect) {
      return;
    }
    if (!losses.failed.empty()) {
      const FailedRequest& request = losses.failed.front();
      run.what = fmt::format("{} {} -> {}", request.type, request.from.value(), request.to.value());
    }
    if (run.end == CrashEnd::failed) {
      return;
    }
    if (run.unfinished.empty()) {  // timers of a lost thread may go off for ever
      run.end = losses.failed.empty() ? CrashEnd::finished : CrashEnd::survived;
    } else if (!losses.failed.empty()) {
      run.what += " failed; the engine does without the server, but threads still wait";
      run.end = CrashEnd::incorrect;
    } else {
      const std::size_t waits = run.unfinished.front();
      const Step& step = scenario_.threads[waits].steps[execution.position(waits)];
      run.what = fmt::format("{}: {}", waits, to_text(scenario_, step));
    }
  }

  const Scenario& scenario_;
  const Specimen& specimen_;
  const CrashPlan& plan_;
  Topology topology_;
  CrashTable table_;
};

}  // namespace

std::string_view to_string(CrashEnd end) {
  static constexpr std::array<std::string_view, kCrashEnds> names = {
      "finished", "a request failed", "waits", "tries for ever", "survived", "INCORRECT"};
  return names[static_cast<std::size_t>(end)];
}

std::size_t CrashTable::count(CrashEnd end) const {
  return static_cast<std::size_t>(std::count_if(
      runs.begin(), runs.end(), [end](const CrashRun& run) { return run.end == end; }));
}

CrashTable crash_everywhere(const Scenario& scenario, const Specimen& specimen,
                            const CrashPlan& plan) {
  return Table(scenario, specimen, plan).make();
}

}  // namespace dsmsim
