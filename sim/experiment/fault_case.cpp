#include "sim/experiment/fault_case.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

namespace dsmsim {
namespace {

using nlohmann::ordered_json;

class Dice {
 public:
  explicit Dice(RandomStream& random) : random_(random) {}

  bool chance(double probability) { return random_.chance(probability); }
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + random_.below(most - least + 1);
  }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[random_.below(items.size())];
  }
  std::string word(std::initializer_list<const char*> words) {
    return *(words.begin() + random_.below(words.size()));
  }
  /// Of every order of magnitude as many.
  double spread(double least, double most) {
    return least * std::pow(most / least, random_.uniform());
  }
  std::string time(Duration least, Duration most) {
    return text(spread(static_cast<double>(least.ps()), static_cast<double>(most.ps())));
  }
  /// Any time up to this one.
  std::string moment(Duration end) {
    return text(random_.uniform() * static_cast<double>(end.ps()));
  }

 private:
  /// With three digits, which are enough for a plan that a person reads.
  static std::string text(double ps) {
    const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(ps + 1)) - 2));
    return to_string(
        Duration::picoseconds(static_cast<std::int64_t>(std::round(ps / unit) * unit)));
  }

  RandomStream& random_;
};

// ---- programs: some hundred operations each

ordered_json kvstore(Dice& dice) {
  return {{"operations", dice.between(100, 1000)},
          {"populate_operations", dice.between(20, 200)},
          {"keys", dice.between(10, 300)},
          {"buckets", dice.between(4, 64)},
          {"bucket_shift", 0},
          {"threads_per_server", dice.between(1, 4)},
          {"get_ratio", dice.chance(0.5) ? 0.5 : 0.9},
          {"get_lock", dice.word({"exclusive", "shared"})},
          {"placement", dice.word({"spread", "populate", "server0"})},
          {"handle_array", dice.word({"none", "at_start", "each_operation"})}};
}

ordered_json ycsb(Dice& dice) {
  return {{"workload", dice.word({"A", "B", "D", "E", "F"})},
          {"recordcount", dice.between(10, 100)},
          {"operationcount", dice.between(50, 500)},
          {"maxscanlength", 5},
          {"fieldcount", dice.between(1, 3)},
          {"fieldlength", dice.word({"8B", "64B", "700B"})},
          {"threads_per_server", dice.between(1, 4)},
          {"locking", dice.word({"mutex", "rwlock", "borrow"})}};
}

ordered_json gups(Dice& dice) {
  const bool adds = dice.chance(0.5);
  return {{"threads_per_server", dice.between(1, 4)}, {"words", dice.between(64, 2048)},
          {"updates", dice.between(10, 100)},         {"chunk", dice.word({"64B", "512B", "4KiB"})},
          {"update", adds ? "atomic_add" : "write"},  {"verify", adds && dice.chance(0.5)}};
}

ordered_json gam_micro(Dice& dice) {
  return {{"threads_per_server", dice.between(1, 3)},
          {"blocks", dice.between(4, 48)},
          {"operations", dice.between(20, 200)},
          {"remote_ratio", 0.75},
          {"shared_ratio", dice.chance(0.5) ? 0.5 : 1.0},
          {"read_ratio", 0.5},
          {"operation", dice.word({"access", "lock", "locked_access", "try_locked_access"})}};
}

ordered_json pages(Dice& dice) {
  return {{"pattern", dice.word({"sequential", "random", "one_line"})},
          {"working_set", dice.word({"16KiB", "64KiB", "256KiB"})},
          {"threads_per_server", dice.between(1, 4)},
          {"accesses", dice.between(50, 500)},
          {"write_ratio", 0.5}};
}

ordered_json files(Dice& dice) {
  return {{"pattern", dice.word({"sequential", "random"})},
          {"file_size", "64KiB"},
          {"request", dice.word({"512B", "4KiB"})},
          {"requests", dice.between(10, 100)},
          {"sync_every", dice.between(0, 3)},
          {"threads_per_server", dice.between(1, 3)},
          {"shared_file", dice.chance(0.5)}};
}

ordered_json table(Dice& dice) {
  return {{"affinity", dice.word({"none", "tbox", "tbox_spawn_to"})},
          {"columns", dice.between(3, 6)},
          {"chunks", dice.between(1, 6)},
          {"chunk_size", "1KiB"},
          {"queries", dice.between(4, 24)},
          {"keys", dice.between(1, 2)},
          {"compute", "1us"}};
}

ordered_json pipeline(Dice& dice) {
  return {{"producers", dice.between(1, 4)},
          {"workers", dice.between(1, 4)},
          {"rounds", dice.between(1, 3)},
          {"items", dice.between(4, 20)},
          {"item_size", "64B"},
          {"table", dice.word({"arc", "rwlock"})},
          {"arc_count", dice.word({"inside", "apart"})},
          {"table_size", "1KiB"}};
}

ordered_json crowd(Dice& dice) {
  return {{"threads", dice.between(3, 16)},
          {"start", dice.word({"server0", "placement"})},
          {"objects", dice.between(1, 8)},
          {"shared_objects", dice.between(1, 4)},
          {"object_size", dice.word({"64B", "4KiB"})},
          {"steps", dice.between(10, 60)},
          {"compute", "1us"},
          {"remote_share", 0.4},
          {"rewrite_share", 0.3}};
}

ordered_json random_program(Dice& dice) {
  using Make = ordered_json (*)(Dice&);
  static const std::vector<std::pair<const char*, Make>> all = {
      {"kvstore", kvstore},     {"ycsb", ycsb},   {"gups", gups},
      {"gam_micro", gam_micro}, {"pages", pages}, {"files", files},
      {"table", table},         {"crowd", crowd}, {"pipeline", pipeline}};
  const auto& [name, make] = dice.one_of(all);
  ordered_json program = {{"name", name}};
  program.update(make(dice));
  return program;
}

// ---- the run around it

/// "replication.backups=1"
void set(ordered_json& protocol, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  std::string pointer = "/" + setting.substr(0, equals);
  for (char& c : pointer) {
    c = c == '.' ? '/' : c;
  }
  const std::string text = setting.substr(equals + 1);
  const ordered_json value = ordered_json::parse(text, nullptr, false);
  protocol[ordered_json::json_pointer(pointer)] = value.is_discarded() ? ordered_json(text) : value;
}

ordered_json random_protocol(Dice& dice, const CaseProtocol& given) {
  std::vector<std::string> settings;
  for (const std::string& strain : given.strains) {
    if (dice.chance(0.4)) {
      settings.push_back(strain);
    }
  }
  settings.insert(settings.end(), given.settings.begin(), given.settings.end());
  if (settings.empty()) {
    return given.name;
  }
  ordered_json protocol = {{"extends", "protocols/" + given.name + ".json"}};
  for (const std::string& setting : settings) {
    set(protocol, setting);
  }
  return protocol;
}

// ---- what breaks

class FaultChooser {
 public:
  FaultChooser(Dice& dice, const WholeRun& whole, std::uint32_t servers)
      : dice_(dice), whole_(whole), servers_(servers) {}

  ordered_json fault() {
    const double kind = static_cast<double>(dice_.between(0, 99)) / 100;
    return kind < 0.4 ? crash() : kind < 0.65 ? link_down() : kind < 0.85 ? nic_stall() : delay();
  }

 private:
  /// Mostly a time within the run.
  void place(ordered_json& fault) {
    if (whole_.messages.empty() || dice_.chance(0.7)) {
      fault["at"] = dice_.moment(whole_.length + whole_.length / 10);
      return;
    }
    const std::size_t type = dice_.between(0, whole_.messages.size() - 1);
    fault["before"] = {{"message", whole_.messages[type]},
                       {"number", dice_.between(1, whole_.counts[type])}};
  }

  ordered_json crash() {
    ordered_json fault = {{"name", "crash"}, {"server", dice_.between(0, servers_ - 1)}};
    place(fault);
    if (dice_.chance(0.3)) {
      fault["restart_after"] = dice_.time(kShortest, whole_.length);
    }
    return fault;
  }

  ordered_json link_down() {
    ordered_json fault = {{"name", "link_down"}, {"link", dice_.one_of(whole_.cables)}};
    place(fault);
    const double length = static_cast<double>(whole_.length.ps());
    const double down = dice_.spread(1e5, length);
    fault["for"] = to_string(Duration::picoseconds(static_cast<std::int64_t>(down)));
    if (dice_.chance(0.3)) {  // not so often that flaps are most of the run
      const double period = std::max(down * dice_.spread(1.1, 10), length / 20);
      fault["every"] = to_string(Duration::picoseconds(static_cast<std::int64_t>(period)));
    }
    return fault;
  }

  ordered_json nic_stall() {
    ordered_json fault = {{"name", "nic_stall"}, {"server", dice_.between(0, servers_ - 1)}};
    place(fault);
    fault["for"] = dice_.time(kShortest, whole_.length);
    return fault;
  }

  ordered_json delay() {
    return {{"name", "delay"},
            {"rate", std::round(dice_.spread(0.001, 1) * 1000) / 1000},
            {"by", dice_.time(kShortest, whole_.length / 10 + kShortest)}};
  }

  static constexpr Duration kShortest = Duration::picoseconds(100'000);
  Dice& dice_;
  const WholeRun& whole_;
  std::uint32_t servers_;
};

}  // namespace

ordered_json random_run(RandomStream& random, const CaseProtocol& protocol) {
  Dice dice(random);
  return {{"seed", dice.between(1, 1'000'000)},
          {"cluster", {{"extends", "clusters/drust8.json"}, {"servers", dice.between(2, 5)}}},
          {"protocol", random_protocol(dice, protocol)},
          {"program", random_program(dice)},
          {"check", true},
          // Some hundred times what a case takes, so that a run which gets there is stuck.
          {"limits", {{"simulated_time", "1000s"}, {"events", 5'000'000}}}};
}

ordered_json with_random_faults(RandomStream& random, ordered_json run, const WholeRun& whole) {
  Dice dice(random);
  if (dice.chance(0.8)) {  // with 4.096 us * 2^14, most runs would be one long wait
    run["cluster"]["nic"] = {{"extends", "nics/cx3-ib40.json"},
                             {"ack_timeout", dice.between(2, 8)}};
  }
  run["failure_detection"] = dice.word({"1us", "20us", "1ms", "1s"});
  FaultChooser planner(dice, whole, run["cluster"]["servers"].get<std::uint32_t>());
  run["faults"] = ordered_json::array();
  do {
    run["faults"].push_back(planner.fault());
  } while (run["faults"].size() < 4 && dice.chance(0.5));
  return run;
}

}  // namespace dsmsim
