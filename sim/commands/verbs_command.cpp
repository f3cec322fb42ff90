// The verb of the command line that is called verbs.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/atomic_file.hpp"
#include "sim/base/error.hpp"
#include "sim/commands/commands.hpp"
#include "sim/experiment/catalogue.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/text_table.hpp"
#include "sim/perftest/perftest.hpp"

namespace dsmsim {
namespace {

/// As many as a cluster may have servers, but for the one that receives.
constexpr std::uint32_t kMostSenders = 65535;

using nlohmann::ordered_json;

struct NamedVerb {
  const char* name;
  Verb verb;
};
constexpr std::array kVerbsMeasured = {
    NamedVerb{"read", Verb::read}, NamedVerb{"write", Verb::write}, NamedVerb{"send", Verb::send},
    NamedVerb{"fetch_add", Verb::fetch_add}, NamedVerb{"compare_swap", Verb::compare_swap}};

Verb verb_named(const std::string& name) {
  for (const NamedVerb& each : kVerbsMeasured) {
    if (each.name == name) {
      return each.verb;
    }
  }
  throw Error("--op " + name + ": expected one of " + config::quoted_list(perftest_verbs()));
}

/// "64B,1KiB" or "2B..1MiB": the powers of two from the first to the last.
std::vector<Bytes> parse_sizes(const std::string& text) {
  std::vector<Bytes> sizes;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, comma - at);
    at = comma + 1;
    const std::size_t dots = part.find("..");
    const Bytes first = parse_bytes(part.substr(0, dots));
    const Bytes last = dots == std::string::npos ? first : parse_bytes(part.substr(dots + 2));
    if (first == Bytes(0) || last < first) {
      throw Error("--sizes " + part + ": expected a size above zero, or a range of sizes");
    }
    for (Bytes size = first; size <= last; size = size * 2) {
      sizes.push_back(size);
    }
  }
  return sizes;
}

/// The network that the NIC's profile is fitted to, or a single cable.
std::string default_topology(const std::string& nic, const std::vector<std::string>& search_path) {
  std::string fitted = "single-" + nic;
  for (const CatalogueEntry& entry : catalogue("topologies", search_path)) {
    if (entry.name == fitted) {
      return fitted;
    }
  }
  return "pair";
}

/// The value that --set gives to all of `path`, the last of several.
std::optional<std::string> set_value(const VerbsOptions& options, const std::string& path) {
  std::optional<std::string> value;
  for (const std::string& setting : options.settings) {
    if (setting.starts_with(path + "=")) {
      value = setting.substr(path.size() + 1);
    }
  }
  return value;
}

/// An option of the command line, and what --set calls the same.
struct Given {
  std::string option;
  std::string path;
  bool on_its_own;
  std::optional<std::string> set;

  bool at_all() const { return on_its_own || set; }
  std::string spelling() const { return on_its_own ? option : "--set " + path; }
};

/// Of two options that say the same, or of which one makes the other meaningless, one would have
/// been ignored.
void refuse_without_effect(const VerbsOptions& o, Verb verb) {
  const auto given = [&](const char* option, const char* path, bool on_its_own) {
    return Given{option, path, on_its_own, set_value(o, path)};
  };
  const Given queue_pairs = given("--qps", "queue_pairs", o.queue_pairs.has_value());
  const Given outstanding = given("--outstanding", "outstanding", o.outstanding.has_value());
  const Given wire = given("--wire", "wire", o.wire.has_value());
  for (const Given& each : {given("--nic", "nic", o.nic.has_value()), queue_pairs, outstanding,
                            wire, given("--topology", "topology", o.topology.has_value())}) {
    if (each.on_its_own && each.set) {
      throw Error(each.option + " and --set " + each.path + " say the same: leave one out");
    }
  }
  if (is_atomic(verb) && o.sizes) {
    throw Error("--op " + o.op + " works on 8 bytes: --sizes has no effect");
  }
  if (o.incast == 0U) {
    throw Error("--incast 0: expected a number of senders, at least 1");
  }
  if (o.incast > kMostSenders) {
    throw Error(fmt::format("--incast {}: expected at most {} senders", *o.incast, kMostSenders));
  }
  for (const Given& each : {queue_pairs, outstanding}) {
    if (o.incast && each.at_all()) {
      throw Error("--incast is of one message from every sender: " + each.spelling() +
                  " has no effect");
    }
  }
  const std::string model = o.wire.value_or(wire.set.value_or("automatic"));
  if (model != "automatic" && set_value(o, "flow_above")) {
    throw Error("with the wire model " + model + ", --set flow_above has no effect");
  }
}

/// The setup as a document, so that --set and its mistakes work as everywhere.
PerftestSetup setup_of(const VerbsOptions& options, const std::string& nic,
                       const std::string& topology, const std::vector<std::string>& search_path) {
  ordered_json setup = {{"nic", nic}, {"topology", topology}};
  if (options.wire) {
    setup["wire"] = *options.wire;
  }
  if (options.queue_pairs) {
    setup["queue_pairs"] = *options.queue_pairs;
  }
  if (options.outstanding) {
    setup["outstanding"] = *options.outstanding;
  }
  config::Document document =
      config::parse(setup.dump(), "dsmsim verbs", options.settings, search_path);
  return config::read<PerftestSetup>(document);
}

struct Measured {
  TextTable table;
  ordered_json rows = ordered_json::array();
};

Measured measure_all(const VerbsOptions& options, const PerftestSetup& setup, Verb verb,
                     const std::vector<Bytes>& sizes) {
  Measured all{TextTable({"size", "latency us", "bandwidth Gb/s", "rate Mops"}), {}};
  for (const Bytes size : sizes) {
    const PerftestRow row = measure_verb(setup, verb, size);
    const double gbps = row.bandwidth.bps() * 1e-9;
    const double mops = row.messages_per_second * 1e-6;
    all.table.add({to_string(row.size), fmt::format("{:.3f}", row.latency.us()),
                   fmt::format("{:.3f}", gbps), fmt::format("{:.3f}", mops)});
    all.rows.push_back({{"op", options.op},
                        {"bytes", row.size.count()},
                        {"latency_us", row.latency.us()},
                        {"bandwidth_gbps", gbps},
                        {"rate_mops", mops}});
  }
  return all;
}

Measured measure_incasts(const VerbsOptions& options, const PerftestSetup& setup, Verb verb,
                         const std::vector<Bytes>& sizes) {
  Measured all{TextTable({"size", "senders", "total us"}), {}};
  for (const Bytes size : sizes) {
    const Duration total = measure_incast(setup, verb, size, *options.incast);
    all.table.add(
        {to_string(size), std::to_string(*options.incast), fmt::format("{:.3f}", total.us())});
    all.rows.push_back({{"op", options.op},
                        {"bytes", size.count()},
                        {"senders", *options.incast},
                        {"total_us", total.us()}});
  }
  return all;
}

}  // namespace

std::vector<std::string> perftest_verbs() {
  std::vector<std::string> names;
  for (const NamedVerb& each : kVerbsMeasured) {
    names.emplace_back(each.name);
  }
  return names;
}

int verbs_command(const VerbsOptions& options) {
  const Verb verb = verb_named(options.op);
  refuse_without_effect(options, verb);
  if (!options.json.empty() && options.json != "-") {
    check_writable(options.json);
  }
  const std::vector<std::string> search_path = config_search_path(options.configs);
  const std::string nic =
      options.nic.value_or(set_value(options, "nic").value_or(VerbsOptions::kNic));
  const std::string topology = options.topology.value_or(
      set_value(options, "topology").value_or(default_topology(nic, search_path)));
  const PerftestSetup setup = setup_of(options, nic, topology, search_path);
  const std::vector<Bytes> sizes = is_atomic(verb)
                                       ? std::vector{Bytes(8)}
                                       : parse_sizes(options.sizes.value_or(VerbsOptions::kSizes));
  const Measured all = options.incast ? measure_incasts(options, setup, verb, sizes)
                                      : measure_all(options, setup, verb, sizes);
  const std::string json = ordered_json{{"rows", all.rows}}.dump(2) + "\n";
  if (options.json == "-") {
    std::fputs(json.c_str(), stdout);
    return static_cast<int>(ExitCode::ok);
  }
  if (!options.json.empty()) {
    write_file(options.json, json);
  }
  const std::string load = options.incast
                               ? fmt::format("{} senders, one message each", *options.incast)
                               : fmt::format("{} queue pairs, {} requests in flight on each",
                                             setup.queue_pairs, setup.outstanding);
  fmt::print("{} between {} over {}, {}\n\n{}", options.op, nic, topology, load, all.table.text());
  return static_cast<int>(ExitCode::ok);
}

}  // namespace dsmsim
