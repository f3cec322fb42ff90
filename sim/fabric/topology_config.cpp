#include "sim/fabric/topology_config.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"
#include "sim/fabric/generators.hpp"
#include "sim/fabric/platform_xml.hpp"

namespace dsmsim {
namespace {

using Maker = Topology (*)(const config::Tagged&, std::size_t);

struct Kind {
  config::Variant variant;
  Maker make;
};

template <class Shape, Topology (*Make)(const Shape&, std::size_t)>
Kind kind(std::string name, std::string help) {
  const Maker make = [](const config::Tagged& section, std::size_t servers) {
    return Make(section.options<Shape>(), servers);
  };
  return {config::variant<Shape>(std::move(name), std::move(help)), make};
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
      kind<PlatformFile, import_platform>("platform", "a SimGrid platform file (XML)"),
  };
  return all;
}

}  // namespace

const config::Registry& topology_kinds() {
  static const config::Registry registry = [] {
    config::Registry result("topology", "topologies");
    result.complete_from_files();
    for (const Kind& kind : kinds()) {
      result.add(kind.variant);
    }
    return result;
  }();
  return registry;
}

std::string identity(const config::Tagged& section) {
  config::Tagged copy = section;
  const std::string text =
      config::detail::write([&](config::Visitor& v) { v.tagged(copy, topology_kinds()); }).dump();
  const bool is_platform = section.name() == "platform";
  return is_platform ? text + section.options<PlatformFile>().file.path : text;
}

Topology make_topology(const config::Tagged& section, std::size_t servers) {
  for (const Kind& kind : kinds()) {
    if (kind.variant.name == section.name()) {
      return kind.make(section, servers);
    }
  }
  throw Error("unknown topology \"" + section.name() + "\"");
}

}  // namespace dsmsim
