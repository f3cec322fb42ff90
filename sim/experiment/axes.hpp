#pragma once
// The axes of a comparison: what is varied, and how the values are called. In a file:
//
//   "axes": {"protocol": ["drust", "gam", "local"], "servers": [1, 2, 4, 8],
//            "size": [{"label": "small", "set": {"program.buckets": 1024, "program.keys": 4096}}]}
//
// A key is a path as in --set ("servers" is short for "cluster.servers"), its values are what is
// set there. A value may be {"label": ..., "value": ...} to give it a name, or {"label": ...,
// "set": {path: value}} for changes that belong together, and then the key is but a name. A run is
// one combination; the last axis varies fastest. A list of such objects makes several grids of
// runs: the figures of a paper, each with axes of its own.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/config.hpp"

namespace dsmsim {

struct AxisValue {
  std::string label;
  /// What is set: a path, and the JSON pointer at which its value stands in the file.
  std::vector<std::pair<std::string, std::string>> changes;
};

struct Axis {
  std::string name;  ///< as printed, and in the names of folders
  std::string path;  ///< "" when each value says what it sets
  std::vector<AxisValue> values;
};

/// The axes of each grid of a file in its order; none if it has none. Mistakes are reported to the
/// document.
std::vector<std::vector<Axis>> read_axes(config::Document& document);

/// The label of a JSON value where none is given: the text itself, the "name" of an object, or
/// JSON.
std::string label_of(const nlohmann::ordered_json& value);

/// One value of each axis, by its place.
using Combination = std::vector<std::size_t>;
std::vector<Combination> combinations(const std::vector<Axis>& axes);
/// How many these are, without making them; exact up to 2^32.
std::size_t count_combinations(const std::vector<Axis>& axes);

/// "protocol=drust,servers=4": the name of a run and of its folder.
std::string name_of(const std::vector<Axis>& axes, const Combination& combination);

}  // namespace dsmsim
