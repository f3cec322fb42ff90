#include "sim/fabric/topology_config.hpp"

#include <filesystem>

#include "sim/base/error.hpp"
#include "sim/fabric/generators.hpp"
#include "sim/fabric/platform_xml.hpp"

namespace dsmsim {
namespace {

using Directories = std::vector<std::string>;
using Maker = Topology (*)(const config::Tagged&, std::size_t, const Directories&);

struct Kind {
  config::Variant variant;
  Maker make;
};

template <class Shape, Topology (*Make)(const Shape&, std::size_t)>
Kind kind(std::string name, std::string help) {
  const Maker make = [](const config::Tagged& section, std::size_t servers, const Directories&) {
    return Make(section.options<Shape>(), servers);
  };
  return {config::variant<Shape>(std::move(name), std::move(help)), make};
}

/// A relative path is looked for in the working directory, then among the topologies of the search
/// directories. Where it is found nowhere, the path as it is.
std::string find_file(const std::string& path, const Directories& search_dirs) {
  if (!std::filesystem::exists(path)) {
    for (const std::string& directory : search_dirs) {
      const std::filesystem::path candidate =
          std::filesystem::path(directory) / topology_kinds().folder() / path;
      if (std::filesystem::exists(candidate)) {
        return candidate.string();
      }
    }
  }
  return path;
}

Topology make_from_platform(const config::Tagged& section, std::size_t servers,
                            const Directories& search_dirs) {
  const std::string& file = section.options<PlatformFile>().file;
  return import_platform(find_file(file, search_dirs), servers);
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      kind<SingleSwitch, make_single_switch>("single_switch",
                                             "one switch with a cable to every server"),
      kind<FatTree, make_fat_tree>("fat_tree", "two levels: leaf and spine switches"),
      kind<Clos, make_clos>("clos", "three levels: leaf, aggregation and core switches"),
      kind<Dragonfly, make_dragonfly>(
          "dragonfly", "fully cabled groups of routers, a cable between any two groups"),
      kind<Torus, make_torus>("torus",
                              "a router per server in a grid of rings, dimension-order routes"),
      kind<ExplicitGraph, make_graph>("graph", "servers, switches and cables by name"),
      {config::variant<PlatformFile>("platform", "a SimGrid platform file (XML)"),
       &make_from_platform},
  };
  return all;
}

}  // namespace

const config::Registry& topology_kinds() {
  static const config::Registry registry = [] {
    config::Registry result("topology", "topologies");
    for (const Kind& kind : kinds()) {
      result.add(kind.variant);
    }
    return result;
  }();
  return registry;
}

Topology make_topology(const config::Tagged& section, std::size_t servers,
                       const std::vector<std::string>& search_dirs) {
  for (const Kind& kind : kinds()) {
    if (kind.variant.name == section.name()) {
      return kind.make(section, servers, search_dirs);
    }
  }
  throw Error("unknown topology \"" + section.name() + "\"");
}

}  // namespace dsmsim
