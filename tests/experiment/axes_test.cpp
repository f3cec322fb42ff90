#include "sim/experiment/axes.hpp"

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"

using namespace dsmsim;

namespace {

std::vector<std::vector<Axis>> grids_of(const std::string& axes) {
  config::Document document = config::parse("{\"axes\": " + axes + "}", "file.json");
  std::vector<std::vector<Axis>> result = read_axes(document);
  document.throw_if_problems();
  return result;
}

/// Of a file with one grid.
std::vector<Axis> axes_of(const std::string& axes) { return grids_of(axes).at(0); }

std::vector<std::string> names_of(const std::vector<Axis>& axes) {
  std::vector<std::string> names;
  for (const Combination& combination : combinations(axes)) {
    names.push_back(name_of(axes, combination));
  }
  return names;
}

}  // namespace

TEST_CASE("Every combination of the axes is a run, and the last axis varies fastest") {
  CHECK(names_of(axes_of(R"({"protocol": ["drust", "gam"], "servers": [1, 2]})")) ==
        std::vector<std::string>{"protocol=drust,servers=1", "protocol=drust,servers=2",
                                 "protocol=gam,servers=1", "protocol=gam,servers=2"});
}

TEST_CASE("A file without axes has none") {
  config::Document document = config::parse("{}", "file.json");
  CHECK(read_axes(document).empty());
  CHECK_THROWS_WITH(grids_of("{}"), Catch::Contains("/axes  names nothing that is varied"));
  CHECK_THROWS_WITH(grids_of("[]"), Catch::Contains("/axes  names nothing that is varied"));
}

TEST_CASE("A list of axes is a grid of runs each, and mistakes name the grid") {
  const auto grids = grids_of(R"([{"figure": [6], "servers": [1, 2]}, {"figure": [7]}])");
  REQUIRE(grids.size() == 2);
  CHECK(names_of(grids[0]) == std::vector<std::string>{"figure=6,servers=1", "figure=6,servers=2"});
  CHECK(names_of(grids[1]) == std::vector<std::string>{"figure=7"});
  CHECK(grids[1][0].values[0].changes[0].second == "/axes/1/figure/0");
  CHECK_THROWS_WITH(grids_of(R"([{"a": [1]}, {"a": 3}, 7])"),
                    Catch::Contains("/axes/1/a  expected the list") &&
                        Catch::Contains("/axes/2  expected an object"));
}

TEST_CASE("An axis is called by the last part of its path unless two would share the name") {
  const auto apart = axes_of(R"({"cluster.nic.mtu": ["1KiB"], "program.keys": [1]})");
  CHECK(apart[0].name == "mtu");
  CHECK(apart[1].name == "keys");
  const auto alike = axes_of(R"({"program.size": [1], "protocol.size": [1]})");
  CHECK(alike[0].name == "program.size");
  CHECK(alike[1].name == "protocol.size");
}

TEST_CASE("Best known members of the cluster need not be spelt out") {
  CHECK(axes_of(R"({"servers": [1]})")[0].path == "cluster.servers");
  CHECK(axes_of(R"({"nic.mtu": ["1KiB"]})")[0].path == "cluster.nic.mtu");
  CHECK(axes_of(R"({"cores": [1]})")[0].path == "cluster.server.cores");
  CHECK(axes_of(R"({"protocol": ["gam"]})")[0].path == "protocol");
}

TEST_CASE("A value is called by its text, its name, or the label that it is given") {
  const auto axes = axes_of(
      R"({"protocol": ["gam", {"name": "drust"}, {"label": "gam 4K", "value": {"name": "gam"}}]})");
  REQUIRE(axes[0].values.size() == 3);
  CHECK(axes[0].values[0].label == "gam");
  CHECK(axes[0].values[1].label == "drust");
  CHECK(axes[0].values[2].label == "gam 4K");
  CHECK(axes[0].values[2].changes[0].second == "/axes/protocol/2/value");
  CHECK(names_of(axes)[2] == "protocol=gam-4K");
}

TEST_CASE("A value may change several things at once") {
  const auto axes =
      axes_of(R"({"size": [{"label": "small", "set": {"program.keys": 10, "servers": 2}}]})");
  CHECK(axes[0].name == "size");
  CHECK(axes[0].path.empty());
  using Change = std::pair<std::string, std::string>;
  CHECK(axes[0].values[0].changes ==
        std::vector<Change>{{"program.keys", "/axes/size/0/set/program.keys"},
                            {"cluster.servers", "/axes/size/0/set/servers"}});
}

TEST_CASE("Mistakes in axes are all reported, each at its place") {
  try {
    axes_of(R"({"a": 3, "b": [], "c": [1, 1], "d": [{"label": "x", "vale": 3}], "status": [1]})");
    FAIL("nothing was thrown");
  } catch (const InputErrors& errors) {
    REQUIRE(errors.lines().size() == 5);
    const std::string all = errors.what();
    CHECK_THAT(all, Catch::Contains("/axes/a  expected the list"));
    CHECK_THAT(all, Catch::Contains("/axes/b  expected the list"));
    CHECK_THAT(all, Catch::Contains("/axes/c/1  another value of this axis is called \"1\""));
    CHECK_THAT(all, Catch::Contains("/axes/d/0/vale  unknown key \"vale\""));
    CHECK_THAT(all, Catch::Contains("/axes  an axis cannot be called \"status\""));
  }
}
