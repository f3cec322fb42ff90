#include "sim/experiment/reference.hpp"

#include <algorithm>
#include <filesystem>

#include "sim/base/folder_name.hpp"

namespace dsmsim {
namespace {

bool increases(const std::vector<std::vector<double>>& points) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (!(points[i - 1][0] < points[i][0])) {
      return false;
    }
  }
  return true;
}

}  // namespace

void describe(config::Fields& f, ReferenceCurve& c) {
  f.optional("panel", c.panel, "curves of a panel are drawn together");
  f.required("label", c.label, "what the curve is called");
  f.optional("experiment", c.experiment,
             "the comparison that it is about, by name; left out: any of the figure's experiments");
  f.required("where", c.where, "the runs that it is about: axes and the label of each");
  f.optional("points", c.points, "x and y of each point that is published, in order of x");
  f.optional("calibrated", c.calibrated, "x of those points that have set a parameter");
  f.optional("rests_on", c.rests_on, "what the curve rests on: what is calibrated, what assumed");
  f.optional("band", c.band,
             "two more sets of runs, as in where: the curve at either end of what is assumed");
  const bool pairs =
      std::all_of(c.points.begin(), c.points.end(), [](const auto& p) { return p.size() == 2; });
  f.check(pairs, "points", "a point is a list of two numbers, x and y");
  f.check(c.band.empty() || c.band.size() == 2, "band", "has two ends, or there is none");
  const auto published = [&c](double x) {
    return std::any_of(c.points.begin(), c.points.end(), [x](const auto& p) { return p[0] == x; });
  };
  f.check(!pairs || std::all_of(c.calibrated.begin(), c.calibrated.end(), published), "calibrated",
          "are x of points");
  f.check(!pairs || increases(c.points), "points", "must be in order of x");
}

void describe(config::Fields& f, FigureRuns& r) {
  f.required("experiment", r.experiment, "a file, or the name of one that is shipped");
  f.optional("reduced", r.reduced, "settings without --full: paths and values as --set takes them");
  f.optional("full", r.full, "settings with --full: the published size");
}

void describe(config::Fields& f, ReferenceFigure& r) {
  f.required("name", r.name, "of the picture: figure-NAME");
  f.check(is_folder_name(r.name), "name", folder_name_rule());
  f.optional("title", r.title, "what it shows");
  f.required("x", r.x, "the axis whose values are the x of the points");
  f.required("x_label", r.x_label, "what x is called");
  f.required("metric", r.metric, "of result.json, its keys joined by dots");
  f.optional("unit", r.unit, "a y of 1 is so much of the metric", config::positive());
  f.optional("per_server", r.per_server, "y is the metric over the number of servers");
  f.optional("scale", r.scale, "of y");
  f.required("label", r.label, "what y is called");
  f.optional("experiments", r.experiments, "what `dsmsim reproduce` runs for it");
  f.required("curves", r.curves, "published or predicted");
}

void describe(config::Fields& f, Reference& r) {
  f.optional("title", r.title, "of the paper");
  f.sources(r.sources);
  f.required("figures", r.figures, "as published");
}

Reference read_reference(const std::string& file, const std::vector<std::string>& search_path) {
  config::Document document = config::load(file, {}, search_path);
  return config::read<Reference>(document);
}

bool is_about(const ReferenceFigure& figure, const ReferenceCurve& curve,
              const std::string& comparison) {
  if (!curve.experiment.empty()) {
    return curve.experiment == comparison;
  }
  const auto is_it = [&comparison](const FigureRuns& runs) {
    return std::filesystem::path(runs.experiment).stem() == comparison;
  };
  return figure.experiments.empty() ||
         std::any_of(figure.experiments.begin(), figure.experiments.end(), is_it);
}

std::string describe_where(const RunLabels& where) {
  std::string text;
  for (const auto& [axis, label] : where) {
    text += (text.empty() ? "" : " and ") + axis + " is " + label;
  }
  return text;
}

}  // namespace dsmsim
