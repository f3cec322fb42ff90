#pragma once
// LegoOS and Kona with `sharing: directory` as they are explored: one page or block in each cache,
// and for each server that runs threads another one that holds memory.

#include "protocols/kona/shared.hpp"
#include "protocols/legoos/shared.hpp"
#include "tests/protocols/harness.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {

inline LegoosOptions shared_legoos() {
  LegoosOptions options;
  options.cache = Bytes(4096);
  options.ways = 1;
  options.sharing.sharing = paging::Sharing::directory;
  return options;
}

/// Blocks of eight lines.
inline KonaOptions shared_kona() {
  KonaOptions options;
  options.block = options.fmem = Bytes(512);
  options.ways = 1;
  options.sharing.sharing = paging::Sharing::directory;
  return options;
}

template <class E, class Options>
Specimen shared_specimen(const Options& options, std::string_view mutant = {}) {
  Specimen specimen = specimen_of<E>(options, mutant);
  specimen.memory_servers_each = 1;
  return specimen;
}

/// Two objects in lines of one of its blocks: who writes one must not lose the other.
inline Scenario two_lines() {
  Scenario scenario = testing::scenario("scenarios/eviction-3");
  for (ScenarioObject& object : scenario.objects) {
    object.size = Bytes(64);
  }
  return scenario;
}

}  // namespace dsmsim::testing
