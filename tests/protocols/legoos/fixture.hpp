#pragma once
// LegoOS on a few servers, driven by puppets. Software costs nothing unless a test says otherwise.

#include <string>
#include <vector>

#include "protocols/legoos/engine.hpp"
#include "tests/protocols/harness.hpp"
#include "tests/protocols/specimens.hpp"

namespace dsmsim::testing {

using namespace literals;

inline Messages operator+(Messages a, const Messages& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// One set of so many lines, and memory by the page, which the last server has as long as nobody
/// uses it: so a victim is at the server of the page that displaces it.
inline LegoosOptions one_set(std::uint32_t ways) {
  LegoosOptions options;
  options.ways = ways;
  options.cache = 4_KiB * ways;
  options.grant = 4_KiB;
  options.placement = LegoosPlacement::network_traffic_rr;
  options.report_period = {};
  return options;
}

/// Memory is on servers 1 and 2, logs are stored on server 3.
inline LegoosOptions replicated(LegoosReplication replication) {
  LegoosOptions options = one_set(1);
  options.replication = replication;
  options.placement = LegoosPlacement::pure_rr;
  options.log_entries = 4;
  return options;
}

/// Files on the last server, by a device that takes no time; a buffer cache of so many blocks, or
/// none.
inline LegoosOptions with_files(std::uint64_t blocks) {
  LegoosOptions options = one_set(2);
  options.files.emplace().device = {{}, {}, Rate::bits_per_second(1e18)};
  if (blocks > 0) {
    options.files->buffer_cache = true;
    options.files->cache = 256_KiB * blocks;
  }
  return options;
}

/// Three lines; objects of different sizes are under different locks of the page table.
inline Specimen distant_pages(std::string_view mutant = {}) {
  LegoosOptions options = one_set(3);
  options.grant = 2_MiB;
  options.zero_fill = false;
  return {[options, mutant](EngineContext context) -> std::unique_ptr<Engine> {
    context.mutant = mutant;
    return std::make_unique<LegoosEngine>(context, options);
  }};
}

class LegoosBed {
 public:
  explicit LegoosBed(std::size_t servers, LegoosOptions options = one_set(2),
                     DutOptions cluster = {})
      : dut(
            servers,
            [options](EngineContext context) {
              return std::make_unique<LegoosEngine>(context, options);
            },
            cluster),
        core(dut.thread(0)) {}

  LegoosEngine& engine() { return dut.engine<LegoosEngine>(); }
  const LegoosEngine::Counters& counters() { return engine().counters(); }
  ObjectId page() { return core.allocate(4_KiB); }
  std::vector<ObjectId> pages(std::size_t count) {
    std::vector<ObjectId> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back(page());
    }
    dut.forget();
    return made;
  }
  paging::PageNumber number(ObjectId object) {
    return engine().shape().page_of(engine().address_of(object));
  }
  NodeId owner(ObjectId object) { return engine().owner(number(object)); }
  bool cached(ObjectId object) { return engine().mapped(NodeId(0), number(object)) != nullptr; }
  Messages sent() { return dut.sent(); }

  Dut dut;
  Puppet& core;
};

/// The software costs that come with dsmsim.
LegoosCosts configured_costs();

inline Message legoos_message(const char* type, std::uint32_t from, std::uint32_t to,
                              std::uint64_t bytes) {
  return {type, Verb::write_imm, from, to, Bytes(bytes)};
}

}  // namespace dsmsim::testing
