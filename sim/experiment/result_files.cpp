#include "sim/experiment/result_files.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/base/atomic_file.hpp"
#include "sim/base/stop.hpp"
#include "sim/experiment/metrics.hpp"

namespace dsmsim {
namespace {

using nlohmann::ordered_json;

std::string metrics_csv(const ordered_json& summary) {
  std::string text = "metric,labels,value,unit\n";
  for (const Metric& metric : metrics_of(summary)) {
    text += fmt::format("{},{},{},{}\n", csv_field(metric.name), csv_field(metric.labels),
                        number_text(metric.value), metric.unit);
  }
  return text;
}

std::string messages_csv(const std::vector<ServerMessages>& messages) {
  std::string text =
      "type,verb,purpose,server,direction,count,payload_bytes,data_bytes,wire_bytes\n";
  StopCounter counter(4096);
  for (const ServerMessages& row : messages) {
    counter.step();
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", csv_field(row.type), row.verb, row.purpose,
                        row.server.value(), row.sent ? "sent" : "received", row.count.count,
                        row.count.payload.count(), row.count.data.count(), row.count.wire.count());
  }
  return text;
}

/// One line a kind: [from_ns, to_ns, count] of every bucket that holds something; from <= x < to.
std::string histograms_json(const std::vector<KindMeter>& kinds) {
  std::string text = "{\n\"schema\": \"dsmsim-histograms-1\",\n\"latency\": {";
  for (const KindMeter& kind : kinds) {
    ordered_json buckets = ordered_json::array();
    for (const Histogram::Bucket& bucket : kind.latency.buckets()) {
      buckets.push_back({static_cast<double>(bucket.low) / 1e3,
                         static_cast<double>(bucket.high + 1) / 1e3, bucket.count});
    }
    text += fmt::format("{}\n{}: {}", &kind == kinds.data() ? "" : ",",
                        ordered_json(kind.name).dump(), buckets.dump());
  }
  return text + "\n}\n}\n";
}

/// A count without a decimal point.
ordered_json plain_number(double value) {
  constexpr double kExact = 1LL << 53;  // integers above it are not all doubles
  const bool whole = std::trunc(value) == value && std::abs(value) < kExact;
  return whole ? ordered_json(static_cast<std::int64_t>(value)) : ordered_json(value);
}

/// One line an event, in order of time.
std::string events_jsonl(const EventLog& log) {
  std::string text;
  for (const LogEntry& entry : log.entries()) {
    ordered_json line = {{"at_ns", static_cast<double>(entry.at.ps()) / 1e3},
                         {"event", entry.event}};
    if (entry.server.valid()) {
      line["server"] = entry.server.value();
    }
    for (const auto& [name, value] : entry.numbers) {
      line[name] = plain_number(value);
    }
    if (!entry.reason.empty()) {
      line["reason"] = entry.reason;
    }
    text += line.dump() + "\n";
  }
  return text;
}

std::string timing_json(const Timing& timing) {
  const ordered_json json = {{"wall_s", timing.wall_s},
                             {"events_per_second", timing.events_per_second},
                             {"peak_memory_bytes", timing.peak_memory_bytes}};
  return json.dump(2) + "\n";
}

}  // namespace

std::string result_text(const Result& result) { return result.summary.dump(2) + "\n"; }

void write_result_files(const Result& result, const std::filesystem::path& folder) {
  const auto write = [&folder](const char* name, const std::string& text) {
    write_file((folder / name).string(), text);
  };
  write("metrics.csv", metrics_csv(result.summary));
  write("messages.csv", messages_csv(result.messages));
  write("histograms.json", histograms_json(result.kinds));
  if (!result.log.entries().empty()) {
    write("events.jsonl", events_jsonl(result.log));
  }
  write("timing.json", timing_json(result.timing));
  write("result.json", result_text(result));
}

}  // namespace dsmsim
