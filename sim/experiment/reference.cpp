#include "sim/experiment/reference.hpp"

#include <algorithm>

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
  f.required("where", c.where, "the runs that it is about: axes and the label of each");
  f.required("points", c.points, "x and y of each point, in order of x");
  const bool pairs =
      std::all_of(c.points.begin(), c.points.end(), [](const auto& p) { return p.size() == 2; });
  f.check(pairs && !c.points.empty(), "points", "a point is a list of two numbers, x and y");
  f.check(!pairs || increases(c.points), "points", "must be in order of x");
}

void describe(config::Fields& f, ReferenceFigure& r) {
  f.required("name", r.name, "of the picture: figure-NAME");
  f.check(is_folder_name(r.name), "name", folder_name_rule());
  f.required("x", r.x, "the axis whose values are the x of the points");
  f.required("x_label", r.x_label, "what x is called");
  f.required("metric", r.metric, "of result.json, its keys joined by dots");
  f.optional("unit", r.unit, "a y of 1 is so much of the metric", config::positive());
  f.optional("per_server", r.per_server, "y is the metric over the number of servers");
  f.required("label", r.label, "what y is called");
  f.required("curves", r.curves, "as published");
}

void describe(config::Fields& f, Reference& r) {
  f.sources(r.sources);
  f.required("figures", r.figures, "as published");
}

std::string describe_where(const ReferenceCurve& curve) {
  std::string text;
  for (const auto& [axis, label] : curve.where) {
    text += (text.empty() ? "" : " and ") + axis + " is " + label;
  }
  return text;
}

}  // namespace dsmsim
