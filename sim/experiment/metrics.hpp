#pragma once
// A result as a flat list of numbers, for tables: metrics.csv of a run, the columns of a
// comparison.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace dsmsim {

struct Metric {
  std::string path;    ///< where it stands in result.json: "latency.get.mean_ns"
  std::string name;    ///< without its labels: "latency.mean_ns"
  std::string labels;  ///< "kind=get"; several are separated by ";"
  std::string unit;    ///< "ns", "s", "B", "1/s" or "1"
  double value;
};

/// Every number of a result.json but those of `config`, in its order. Messages are named by their
/// type.
std::vector<Metric> metrics_of(const nlohmann::ordered_json& result);

/// A number as the shortest text that reads back as the same number.
std::string number_text(double value);
/// A field of a CSV file, quoted where RFC 4180 asks for it.
std::string csv_field(const std::string& text);

}  // namespace dsmsim
