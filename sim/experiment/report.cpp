#include "sim/experiment/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/experiment/text_table.hpp"

namespace dsmsim {
namespace {

using nlohmann::ordered_json;

std::string operations(const Result& result) {
  const ordered_json& summary = result.summary;
  return fmt::format(
      "{} operations in {} of simulated time: {} per second\n"
      "{} events in {} of real time: {} per second\n",
      grouped(summary["operations"]["total"].get<std::uint64_t>()),
      short_duration(summary["measured_s"].get<double>() * 1e9),
      short_number(summary["operations"]["per_second"].get<double>()),
      grouped(summary["events"].get<std::uint64_t>()), short_duration(result.timing.wall_s * 1e9),
      short_number(result.timing.events_per_second));
}

std::string warnings(const ordered_json& summary) {
  std::string text;
  for (const std::string& warning : warnings_of(summary)) {
    text += "warning: " + warning + "\n";
  }
  return text;
}

std::string latencies(const ordered_json& latency) {
  TextTable table({"latency", "count", "mean", "p50", "p99", "max"});
  for (const auto& [kind, values] : latency.items()) {
    const auto time = [&values = values](const char* key) {
      return short_duration(values[key].get<double>());
    };
    table.add({kind, grouped(values["count"].get<std::uint64_t>()), time("mean_ns"), time("p50_ns"),
               time("p99_ns"), time("max_ns")});
  }
  return table.text();
}

/// The one operation that waited longest, with its share of the run if that is much: then somebody
/// starves, which no percentile tells.
std::string longest_wait(const ordered_json& wait, double measured_s) {
  if (wait.is_null()) {
    return "";
  }
  constexpr double kMuch = 0.1;
  const double share = wait["wait_ns"].get<double>() / (measured_s * 1e9);
  return fmt::format(
      "longest wait: {} {}{} by thread {} on server {}, from {} on{}\n",
      short_duration(wait["wait_ns"].get<double>()), wait["operation"].get<std::string>(),
      wait.contains("object") ? fmt::format(" of object {}", wait["object"].get<std::uint64_t>())
                              : "",
      wait["thread"].get<unsigned>(), wait["server"].get<unsigned>(),
      short_duration(wait["since_ns"].get<double>()),
      measured_s > 0 && share > kMuch ? fmt::format(": {:.0f} % of the measured time", 100 * share)
                                      : "");
}

std::string breakdown(const ordered_json& categories) {
  double total = 0;
  for (const auto& [category, ns] : categories.items()) {
    total += ns.get<double>();
  }
  TextTable table({"time of DSM operations", "sum", "share"});
  for (const auto& [category, ns] : categories.items()) {
    if (const double spent = ns.get<double>(); spent > 0) {
      table.add({category.substr(0, category.size() - 3), short_duration(spent),
                 fmt::format("{:.1f} %", 100 * spent / total)});
    }
  }
  return table.empty() ? "" : "\n" + table.text();
}

std::string messages(const ordered_json& messages, double operations) {
  TextTable table({"messages", "verb", "count", "per operation", "payload", "on the wire"});
  for (const ordered_json& message : messages) {
    const auto count = message["count"].get<std::uint64_t>();
    if (count > 0) {
      table.add({message["type"].get<std::string>(), message["verb"].get<std::string>(),
                 grouped(count), short_number(static_cast<double>(count) / operations),
                 short_bytes(message["payload_bytes"].get<double>()),
                 short_bytes(message["wire_bytes"].get<double>())});
    }
  }
  return table.empty() ? "" : "\n" + table.text();
}

/// A line for each figure of amplification, with what it is made of; nothing where nothing was
/// remote.
std::string amplification(const ordered_json& bytes) {
  TextTable table({"amplification", "", "moved", "missing or written back"});
  const auto add = [&](const char* name, const std::string& moved, double missing) {
    if (!bytes[name].is_null()) {
      table.add({name, fmt::format("{:.3f}", bytes[name].get<double>()),
                 short_bytes(bytes[moved].get<double>()), short_bytes(missing)});
    }
  };
  const double read = bytes["read_missing_bytes"].get<double>();
  const double write = bytes["write_missing_bytes"].get<double>();
  add("read", "read_data_bytes", read);
  add("write", "write_data_bytes", write);
  add("wire", "wire_bytes", read + write);
  return table.empty() ? "" : "\n" + table.text();
}

/// Which hosts of a platform were servers, if it was one.
std::string hosts(const ordered_json& summary) {
  constexpr std::size_t kShown = 8;
  std::string text;
  const ordered_json names = summary.value("hosts", ordered_json::array());
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (text.empty() ? "servers: " : ", ") + names[i].get<std::string>();
  }
  text += names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "";
  return text.empty() ? "" : text + "\n";
}

/// A line for each server whose memory the engine reports (engine.memory), such as LegoOS does.
std::string memory(const ordered_json& engine) {
  if (!engine.contains("memory")) {
    return "";
  }
  TextTable table({"memory", "mapped", "used"});
  for (const auto& [server, bytes] : engine["memory"].items()) {
    table.add({"server " + server, short_bytes(bytes["mapped"].get<double>()),
               short_bytes(bytes["used"].get<double>())});
  }
  return table.empty() ? "" : "\n" + table.text();
}

/// Why a fault never happened: a server crashes once.
std::string why_never(const ordered_json& faults, const ordered_json& fault, double ended_s) {
  const auto crashed = [&](const ordered_json& other) {
    return other["name"] == "crash" && other["times"] > 0 && other["server"] == fault["server"];
  };
  const ordered_json& all = faults["happened"];
  return fault["name"] == "crash" && std::any_of(all.begin(), all.end(), crashed)
             ? "the server was down"
             : fmt::format("the run had ended at {}", short_duration(ended_s * 1e9));
}

/// A line for each thing that was to break.
std::string faults(const ordered_json& faults, double ended_s) {
  std::string text = "\n";
  for (const ordered_json& fault : faults["happened"]) {
    const std::string what =
        fault["name"].get<std::string>() + " of " +
        (fault.contains("link") ? fault["link"].get<std::string>()
                                : fmt::format("server {}", fault["server"].get<unsigned>()));
    const auto times = fault["times"].get<std::uint64_t>();
    text += times == 0 ? fmt::format("{}: never; {}\n", what, why_never(faults, fault, ended_s))
                       : fmt::format("{}: {} {}, first at {}\n", what, grouped(times),
                                     times == 1 ? "time" : "times",
                                     short_duration(fault["first_us"].get<double>() * 1e3));
  }
  for (const ordered_json& lost : faults["lost"]) {
    text += fmt::format("lost with server {}: {} threads\n", lost["server"].get<unsigned>(),
                        grouped(lost["threads"].size()));
  }
  for (const auto& [name, count] : faults.items()) {
    if (count.is_number() && count > 0) {
      text += fmt::format("{}: {}\n", name, grouped(count.get<std::uint64_t>()));
    }
  }
  return text == "\n" ? "" : text;
}

}  // namespace

std::vector<std::string> warnings_of(const ordered_json& summary) {
  if (!summary.is_object()) {
    return {};  // the run has no result
  }
  return summary.value("warnings", std::vector<std::string>());
}

std::string headline(const Experiment& experiment) {
  const ClusterConfig& cluster = experiment.cluster;
  return fmt::format("{} under {} on {} {} of {} cores, seed {}", experiment.program.name(),
                     experiment.protocol.name(), cluster.servers,
                     cluster.servers == 1 ? "server" : "servers", cluster.server.cores,
                     experiment.seed);
}

std::string run_report(const Result& result) {
  const ordered_json& summary = result.summary;
  const double total = summary["operations"]["total"].get<double>();
  const std::string extension =
      summary.contains("extension")
          ? "an extension: " + summary["extension"].get<std::string>() + "\n"
          : "";
  return operations(result) + hosts(summary) + extension + warnings(summary) + "\n" +
         latencies(summary["latency"]) +
         longest_wait(summary["longest_wait"], summary["measured_s"].get<double>()) +
         breakdown(summary["breakdown"]) + messages(summary["messages"], total) +
         amplification(summary["amplification"]) + memory(summary["engine"]) +
         (summary.contains("faults")
              ? faults(summary["faults"], summary["simulated_s"].get<double>())
              : "");
}

}  // namespace dsmsim
