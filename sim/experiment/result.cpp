#include "sim/experiment/result.hpp"

#include "sim/base/enumeration.hpp"
#include "sim/dsm/contract/counters_json.hpp"
#include "sim/experiment/version.hpp"

namespace dsmsim {
namespace {

using nlohmann::ordered_json;

std::string_view to_string(Purpose purpose) {
  return kEnumeratorNames<Purpose>[static_cast<std::size_t>(purpose)];
}

ordered_json operations(const Meter& meter, Duration measured) {
  std::uint64_t accesses = 0;
  for (std::size_t kind = 0; kind < kOpKinds; ++kind) {
    accesses += meter.kinds()[kind].latency.count();
  }
  // A program that counts no operations of its own, such as a trace, is measured in DSM operations.
  const std::uint64_t total = meter.operations() > 0 ? meter.operations() : accesses;
  const double seconds = measured.seconds();
  return {{"total", total},
          {"per_second", seconds > 0 ? static_cast<double>(total) / seconds : 0.0},
          {"dsm", accesses},
          {"dsm_local", meter.local_operations()}};
}

ordered_json latency(const Histogram& histogram) {
  const auto ns = [](std::int64_t ps) { return Duration::picoseconds(ps).ns(); };
  return {{"count", histogram.count()},
          {"mean_ns", histogram.mean() / 1e3},
          {"min_ns", ns(histogram.min())},
          {"p50_ns", ns(histogram.percentile(0.5))},
          {"p90_ns", ns(histogram.percentile(0.9))},
          {"p99_ns", ns(histogram.percentile(0.99))},
          {"p999_ns", ns(histogram.percentile(0.999))},
          {"max_ns", ns(histogram.max())}};
}

ordered_json breakdown(const std::array<Duration, kCategories>& spent) {
  ordered_json json = ordered_json::object();
  for (std::size_t i = 0; i < kCategories; ++i) {
    json[std::string(to_string(static_cast<Category>(i))) + "_ns"] = spent[i].ns();
  }
  return json;
}

/// Null: nobody waited.
ordered_json longest_wait(const Wait& wait) {
  if (!wait.thread.valid()) {
    return nullptr;
  }
  ordered_json json = {{"operation", to_string(wait.kind)},
                       {"thread", wait.thread.value()},
                       {"server", wait.server.value()}};
  if (wait.object.valid()) {
    json["object"] = wait.object.value();
  }
  json["since_ns"] = wait.since.since_start().ns();
  json["wait_ns"] = wait.time.ns();
  return json;
}

void add_latencies(ordered_json& summary, const Meter& meter) {
  ordered_json latencies = ordered_json::object();
  ordered_json by_kind = ordered_json::object();
  std::array<Duration, kCategories> total{};
  for (std::size_t kind = 0; kind < meter.kinds().size(); ++kind) {
    const KindMeter& measured = meter.kinds()[kind];
    if (measured.latency.count() == 0) {
      continue;
    }
    latencies[measured.name] = latency(measured.latency);
    if (kind < kOpKinds) {  // a program's own operations consist of these
      by_kind[measured.name] = breakdown(measured.spent);
      for (std::size_t i = 0; i < kCategories; ++i) {
        total[i] += measured.spent[i];
      }
    }
  }
  summary["latency"] = std::move(latencies);
  summary["breakdown"] = breakdown(total);
  summary["breakdown_by_kind"] = std::move(by_kind);
  summary["longest_wait"] = longest_wait(meter.longest_wait());
}

ordered_json messages(const Ledger& ledger) {
  ordered_json rows = ordered_json::array();
  for (std::size_t i = 0; i < ledger.types().size(); ++i) {
    const MessageType& type = ledger.types()[i];
    const MessageCount& count = ledger.total(MessageTypeId(static_cast<MessageTypeId::Value>(i)));
    rows.push_back({{"type", type.name},
                    {"verb", to_string(type.verb)},
                    {"purpose", to_string(type.purpose)},
                    {"count", count.count},
                    {"payload_bytes", count.payload.count()},
                    {"data_bytes", count.data.count()},
                    {"wire_bytes", count.wire.count()}});
  }
  return rows;
}

/// Bytes moved for every byte that was missing or had to leave; null when none was.
ordered_json ratio(Bytes moved, Bytes missing) {
  if (missing == Bytes(0)) {
    return nullptr;
  }
  return static_cast<double>(moved.count()) / static_cast<double>(missing.count());
}

/// The three figures, and what they are made of.
ordered_json amplification(const Ledger* ledger) {
  const Traffic traffic = ledger == nullptr ? Traffic() : ledger->traffic();
  const Bytes wire = ledger == nullptr ? Bytes(0) : ledger->dsm_wire();
  const Bytes read = traffic.data(Cause::read);
  const Bytes read_missing = traffic.missing(Cause::read);
  const Bytes write = traffic.data(Cause::write);
  const Bytes write_missing = traffic.missing(Cause::write);
  return {{"read", ratio(read, read_missing)},
          {"write", ratio(write, write_missing)},
          {"wire", ratio(wire, read_missing + write_missing)},
          {"read_data_bytes", read.count()},
          {"read_missing_bytes", read_missing.count()},
          {"write_data_bytes", write.count()},
          {"write_missing_bytes", write_missing.count()},
          {"other_data_bytes", traffic.data(Cause::none).count()},
          {"wire_bytes", wire.count()}};
}

std::vector<ServerMessages> per_server(const Ledger& ledger, std::size_t servers) {
  std::vector<ServerMessages> rows;
  for (std::size_t i = 0; i < ledger.types().size(); ++i) {
    const MessageTypeId id(static_cast<MessageTypeId::Value>(i));
    const MessageType& type = ledger.types()[i];
    for (std::size_t s = 0; s < servers; ++s) {
      const NodeId server(static_cast<NodeId::Value>(s));
      for (const bool sent : {true, false}) {
        rows.push_back({type.name, std::string(to_string(type.verb)),
                        std::string(to_string(type.purpose)), server, sent,
                        sent ? ledger.sent_by(id, server) : ledger.received_by(id, server)});
      }
    }
  }
  return rows;
}

}  // namespace

Result collect(const ordered_json& config, World& world, const Program& program) {
  Result result;
  const Meter& meter = world.meter();
  Cluster& cluster = world.cluster();
  const Ledger* ledger = cluster.has_fabric() ? &cluster.fabric().ledger() : nullptr;
  ordered_json& summary = result.summary;
  summary["schema"] = kResultSchema;
  summary["dsmsim"] = {{"version", version()}, {"commit", commit()}};
  if (const std::string_view extension = world.engine().extension(); !extension.empty()) {
    summary["extension"] = extension;
  }
  if (const std::vector<std::string> warnings = program.warnings(); !warnings.empty()) {
    summary["warnings"] = warnings;
  }
  summary["config"] = config;
  summary["operations"] = operations(meter, world.measured());
  add_latencies(summary, meter);
  summary["messages"] = ledger == nullptr ? ordered_json::array() : messages(*ledger);
  summary["amplification"] = amplification(ledger);
  summary["engine"] = report_of(world.engine());
  summary["program"] = report_of(program);
  summary["fabric"] = ordered_json::object();
  if (ledger != nullptr) {
    summary["fabric"] = {{"queue_pairs", cluster.fabric().queue_pairs()},
                         {"receiver_not_ready", cluster.fabric().receiver_not_ready()}};
    result.messages = per_server(*ledger, cluster.servers());
  }
  summary["events"] = world.simulation().queue().processed();
  summary["simulated_s"] = world.end().since_start().seconds();
  summary["measured_s"] = world.measured().seconds();
  if (const EventLog* const log = world.engine().log()) {
    result.log = *log;
  }
  for (const KindMeter& kind : meter.kinds()) {
    if (kind.latency.count() > 0) {
      result.kinds.push_back(kind);
    }
  }
  return result;
}

}  // namespace dsmsim
