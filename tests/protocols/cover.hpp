#pragma once
// What the scenarios and litmus tests that are explored in no time do not meet of an engine.

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "sim/check/explorer.hpp"

namespace dsmsim::testing {

/// Situations of the engine (Inspection::situations) that are never met; every exploration must be
/// complete and without a failure.
inline std::set<std::string> situations_not_met(const Specimen& specimen) {
  const std::set<std::string> slow = {"writes-3", "upgrades-3", "eviction-3", "eviction-locks-3"};
  std::set<std::string> names;
  std::set<std::string> met;
  for (const std::string folder : {"scenarios", "litmus"}) {
    const auto path = std::filesystem::path(DSMSIM_SOURCE_DIR) / "tests" / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (slow.contains(entry.path().stem())) {
        continue;
      }
      const Exploration found = explore(read_scenario(entry.path()), specimen, {});
      INFO(entry.path());
      CHECK((found.failure ? found.failure->what : "") == "");
      CHECK(found.complete);
      names.insert(found.situations.begin(), found.situations.end());
      for (std::size_t i = 0; i < found.met.size(); ++i) {
        if (found.met[i] > 0) {
          met.insert(found.situations[i]);
        }
      }
    }
  }
  for (const std::string& name : met) {
    names.erase(name);
  }
  return names;
}

}  // namespace dsmsim::testing
