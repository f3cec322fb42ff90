#pragma once
// Engines as they are explored, the scenarios that are kept, and what those do not meet of an
// engine.

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/check/explorer.hpp"

namespace dsmsim::testing {

/// An engine whose software takes no time; with a defect, if one is named.
template <class E, class Options>
Specimen specimen_of(Options options, std::string_view mutant = {}) {
  options = timeless(options);
  return {[options, mutant](EngineContext context) -> std::unique_ptr<Engine> {
    context.mutant = mutant;
    return std::make_unique<E>(context, options);
  }};
}

/// "scenarios/locks-3", "litmus/SB"
inline Scenario scenario(const std::string& name) {
  std::string path = DSMSIM_SOURCE_DIR "/tests/";  // += : GCC 12 warns of a sum that it optimises
  path += name;
  path += ".litmus";
  return read_scenario(path);
}

/// Situations of the engine (Inspection::situations) that no scenario of these folders meets; every
/// exploration must be complete and without a failure.
inline std::set<std::string> situations_not_met(const Specimen& specimen,
                                                const std::vector<std::string>& folders = {
                                                    "scenarios", "litmus"}) {
  const std::set<std::string> slow = {"writes-3", "upgrades-3", "eviction-3", "eviction-locks-3"};
  std::set<std::string> names;
  std::set<std::string> met;
  for (const std::string& folder : folders) {
    const auto path = std::filesystem::path(DSMSIM_SOURCE_DIR) / "tests" / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.is_directory() || slow.contains(entry.path().stem())) {
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
