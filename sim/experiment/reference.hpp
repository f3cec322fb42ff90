#pragma once
// What others have measured of the runs of a comparison: the curves of a paper's figures, as data.
// A file in configs/references holds them, an experiment names it, the manifest of its results
// repeats it, and the plots put each curve's points beside the runs that it is about.
//
//   {"source": "Cai et al., PVLDB 11(11), 2018, figure 6",
//    "figures": [{"name": "6", "x": "read_ratio", "x_label": "share of reads",
//                 "metric": "operations.per_second", "unit": 1e6, "label": "million operations/s",
//                 "curves": [{"panel": "all local", "label": "reads and writes",
//                             "where": {"figure": "6", "remote": "0"},
//                             "points": [[0, 29.7], [1, 37.2]]}]}]}

#include <map>
#include <string>
#include <vector>

#include "sim/base/config.hpp"

namespace dsmsim {

/// One published curve, about the runs that have these labels on these axes.
struct ReferenceCurve {
  std::string panel;  ///< curves of a panel are drawn together
  std::string label;
  std::map<std::string, std::string> where;
  std::vector<std::vector<double>> points;  ///< x and y of each
};

struct ReferenceFigure {
  std::string name;
  std::string x;  ///< the axis whose values are the x of the points
  std::string x_label;
  std::string metric;       ///< of result.json, its keys joined by dots
  double unit = 1;          ///< a y of 1 is so much of the metric
  bool per_server = false;  ///< y is the metric over the number of servers
  std::string label;        ///< of y
  std::vector<ReferenceCurve> curves;
};

struct Reference {
  config::Sources sources;
  std::vector<ReferenceFigure> figures;
};
void describe(config::Fields& fields, Reference& reference);

/// "remote is 0 and operation is tso": for messages.
std::string describe_where(const ReferenceCurve& curve);

}  // namespace dsmsim
