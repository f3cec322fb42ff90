#pragma once
// Published figures as data: the curves of a paper, which runs of ours they are about, and what of
// them was used to set our parameters. A file in configs/references holds those of a paper;
// `dsmsim reproduce` runs what a figure needs, and an experiment that names the file has them in
// the manifest of its results, so that `dsmsim plot` puts each curve's points beside its runs.
//
//   {"title": "Cai et al., GAM, PVLDB 11(11), 2018",
//    "figures": [{"name": "6", "x": "read_ratio", "x_label": "share of reads",
//                 "metric": "operations.per_second", "unit": 1e6, "label": "million operations/s",
//                 "experiments": [{"experiment": "gam-figures"}],
//                 "curves": [{"panel": "all local", "label": "reads and writes",
//                             "where": {"figure": "6", "remote": "0"},
//                             "points": [[0, 29.7], [1, 37.2]], "calibrated": [0]}]}]}

#include <map>
#include <string>
#include <vector>

#include "sim/base/config.hpp"

namespace dsmsim {

/// Labels on some axes: the runs that have them.
using RunLabels = std::map<std::string, std::string>;

/// One curve, published or not, about the runs that have these labels on these axes.
struct ReferenceCurve {
  std::string panel;  ///< curves of a panel are drawn together
  std::string label;
  std::string experiment;  ///< the comparison, by name; "": any of the figure's
  RunLabels where;
  std::vector<std::vector<double>> points;  ///< x and y of each that is published
  std::vector<double> calibrated;           ///< x of those that have set a parameter
  std::string rests_on;                     ///< which parameters, and what was assumed
  std::vector<RunLabels> band;  ///< two more runs: the curve at either end of what is assumed
};

/// What `dsmsim reproduce` runs for a figure: an experiment, by name or file, with settings as
/// --set takes them.
struct FigureRuns {
  std::string experiment;
  RunLabels reduced;  ///< without --full
  RunLabels full;     ///< with it
};

/// Of y: the metric, or how many times that of the comparison's baseline it is.
enum class ReferenceScale { absolute, speedup };
constexpr auto config_values(ReferenceScale) {
  using enum ReferenceScale;
  return std::to_array<config::Value<ReferenceScale>>({
      {absolute, "absolute", "y is the metric"},
      {speedup, "speedup", "y is the metric over that of the comparison's baseline"},
  });
}

struct ReferenceFigure {
  std::string name;
  std::string title;
  std::string x;  ///< the axis whose values are the x of the points
  std::string x_label;
  std::string metric;       ///< of result.json, its keys joined by dots
  double unit = 1;          ///< a y of 1 is so much of the metric
  bool per_server = false;  ///< y is the metric over the number of servers
  ReferenceScale scale = ReferenceScale::absolute;
  std::string label;  ///< of y
  std::vector<FigureRuns> experiments;
  std::vector<ReferenceCurve> curves;
};

struct Reference {
  std::string title;  ///< of the paper
  config::Sources sources;
  std::vector<ReferenceFigure> figures;
};
void describe(config::Fields& fields, Reference& reference);
/// The content of a file. Throws InputErrors.
Reference read_reference(const std::string& file, const std::vector<std::string>& search_path);

/// Whether a curve of the figure is about runs of the comparison that is called so: the curve says
/// of which, or the figure which there are, or nobody does.
bool is_about(const ReferenceFigure& figure, const ReferenceCurve& curve,
              const std::string& comparison);

/// "remote is 0 and operation is tso": for messages.
std::string describe_where(const RunLabels& where);

}  // namespace dsmsim
