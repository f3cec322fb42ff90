#include "sim/check/crash_table.hpp"

#include <fmt/format.h>
#include <tsl/robin_map.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "sim/base/stop.hpp"
#include "sim/check/rewindable.hpp"
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
        servers_(specimen.servers(scenario)),
        plan_(plan),
        execution_(scenario, specimen) {}

  CrashTable make() {
    Arena::Snapshot here;
    execution_.save(here);
    table_.schedule = plan_.schedule.empty() ? first_schedule() : plan_.schedule;
    std::vector<NodeId> servers = plan_.servers;
    for (std::uint32_t i = 0; plan_.servers.empty() && i < servers_; ++i) {
      servers.emplace_back(i);
    }
    // The last step of a schedule that somebody has kept may be the one that fails.
    const std::size_t end = table_.schedule.size() + (plan_.schedule.empty() ? 1 : 0);
    for (std::size_t step = 0; step < end; ++step) {
      execution_.restore(here);
      if (step > 0) {
        execution_.take(table_.schedule[step - 1]);
        execution_.save(here);
      }
      if (step < table_.schedule.size()) {
        check_possible(*execution_, table_.schedule, step);
      }
      for (const NodeId server : servers) {
        stop_if_asked();
        execution_.restore(here);
        table_.runs.push_back(run(step, server));
      }
    }
    return std::move(table_);
  }

 private:
  Schedule first_schedule() {
    FirstChoices choices;
    Schedule schedule;
    while (!choices.comes_again(*execution_)) {
      const std::optional<Choice> choice = choices.next(*execution_);
      if (!choice) {
        execution_.finish();
        return schedule;
      }
      execution_.take(*choice);
      schedule.push_back(*choice);
    }
    throw Error(ExitCode::deadlock, scenario_.name + ": without a crash, too, it never ends");
  }

  CrashRun run(std::size_t step, NodeId server) {
    CrashRun run{.step = step, .server = server};
    if (step < table_.schedule.size()) {
      run.next = execution_->describe(table_.schedule[step]);
    }
    bool told = false;
    try {
      execution_.crash(server);
      run.end = go_on();
      told = !execution_->unfinished().empty() && tell(server);
      if (told) {
        run.end = go_on();
      }
    } catch (...) {
      Failure failure = current_failure({});
      const bool expected = failure.code == ExitCode::lost;
      run.end = expected ? CrashEnd::failed : CrashEnd::incorrect;
      run.what = expected ? "" : std::move(failure.what);
    }
    describe(run, told);
    return run;
  }

  /// The failure detector tells what no request has; false: the engine does not do without the
  /// server.
  bool tell(NodeId server) {
    try {
      execution_.notice_crash(server);
      return true;
    } catch (const Error& error) {
      if (error.code() != ExitCode::lost) {
        throw;
      }
      return false;
    }
  }

  CrashEnd go_on() {
    FirstChoices choices;
    while (!choices.comes_again(*execution_)) {
      const std::optional<Choice> choice = choices.next(*execution_);
      if (!choice) {
        return CrashEnd::waits;  // or not: see describe()
      }
      execution_.take(*choice);
    }
    return CrashEnd::tries;
  }

  void describe(CrashRun& run, bool told) const {
    for (std::size_t i = 0; i < scenario_.threads.size(); ++i) {
      const Thread& thread = execution_->world().thread(execution_->thread(i));
      (thread.is_lost()     ? run.lost
       : thread.has_ended() ? run.finished
                            : run.unfinished)
          .push_back(i);
    }
    const Losses& losses = execution_->world().losses();
    for (const ObjectId object : losses.crashes.front().objects) {
      run.objects.push_back(scenario_.objects[execution_->object(object).index()].name);
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
      run.end = losses.failed.empty() && !told ? CrashEnd::finished : CrashEnd::survived;
      if (losses.failed.empty() && told) {
        run.what = "the failure detector";
      }
    } else {
      const std::size_t waits = run.unfinished.front();
      const Step& step = scenario_.threads[waits].steps[execution_->position(waits)];
      const std::string where = fmt::format("{}: {}", waits, to_text(scenario_, step));
      if (losses.failed.empty() && !told) {
        run.what = where;
        return;
      }
      run.what = fmt::format(
          "{}; the engine does without the server, but threads still wait, {}",
          losses.failed.empty() ? "the failure detector told" : run.what + " failed", where);
      run.end = CrashEnd::incorrect;
    }
  }

  const Scenario& scenario_;
  std::size_t servers_;
  const CrashPlan& plan_;
  Rewindable execution_;
  CrashTable table_;
};

}  // namespace

std::string_view to_string(CrashEnd end) {
  static constexpr auto names = std::to_array<std::string_view>(
      {"finished", "a request failed", "waits", "tries for ever", "survived", "INCORRECT"});
  static_assert(names.size() == kCrashEnds);
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
