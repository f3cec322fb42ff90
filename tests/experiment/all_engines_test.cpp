// Programs that are free of data races, small, under every engine, with the checker.

#include <catch2/catch.hpp>

#include "tests/experiment/walk.hpp"

using namespace dsmsim;

namespace {

const std::vector<std::string> kCheckedEngines = {
    "local",  "drust",       "drust-artifact", "gam",  "grappa",     "ivy",      "kona",
    "legoos", "kona-shared", "legoos-shared",  "swap", "infiniswap", "fastswap", "nocache"};

/// Runs the program under each engine; an access that the engine's memory model forbids throws.
/// Gives the results by protocol.
std::map<std::string, nlohmann::json> run_under_all(const nlohmann::json& program) {
  std::map<std::string, nlohmann::json> results;
  for (const std::string& protocol : kCheckedEngines) {
    INFO(protocol);
    const nlohmann::json experiment = {
        {"cluster",
         {{"extends", "clusters/drust8.json"}, {"servers", protocol == "local" ? 1 : 4}}},
        {"protocol", protocol},
        {"program", program}};
    REQUIRE_NOTHROW(results[protocol] = walk::checked_result_of(experiment));
  }
  return results;
}

}  // namespace

TEST_CASE("kvstore runs under every engine, and no operation sees a wrong value") {
  for (const std::string files : {"disjoint", "shared"}) {
    const auto results = run_under_all({{"extends", "workloads/kvstore-as-measured.json"},
                                        {"scale", 1e-6},
                                        {"threads_per_server", 2},
                                        {"files", files},
                                        {"work", "100ns"},
                                        {"operations", 200'000'000},
                                        {"buckets", 64'000'000}});
    for (const auto& [protocol, result] : results) {
      INFO(protocol);
      CHECK(result["operations"]["total"] == 200);
    }
  }
}

TEST_CASE("dht runs under every engine, and no operation sees a wrong value") {
  const auto results = run_under_all({{"name", "dht"},
                                      {"threads_per_server", 2},
                                      {"operations", 60},
                                      {"keys", 200},
                                      {"buckets", 64}});
  for (const auto& [protocol, result] : results) {
    INFO(protocol);
    CHECK(result["program"]["misses"] == 0);
  }
}

TEST_CASE("tpcc runs under every engine, and no operation sees a wrong value") {
  const auto results = run_under_all({{"name", "tpcc"},
                                      {"threads_per_server", 2},
                                      {"warehouses", 4},
                                      {"items", 40},
                                      {"customers", 5},
                                      {"transactions", 15},
                                      {"warm_up", 0},
                                      {"distribution_ratio", 0.3}});
  for (const auto& [protocol, result] : results) {
    INFO(protocol);
    CHECK(result["program"]["committed"] > 0);
  }
}

TEST_CASE("pagerank runs under every engine, with the same ranks") {
  for (const std::string access : {"chunks", "elements"}) {
    const auto results = run_under_all({{"name", "pagerank"},
                                        {"threads_per_server", 2},
                                        {"log2_vertices", 7},
                                        {"degree", 4},
                                        {"chunk_vertices", 32},
                                        {"iterations", 2},
                                        {"access", access},
                                        {"verify", true}});
    for (const auto& [protocol, result] : results) {
      INFO(protocol);
      CHECK(result["program"]["sum_of_ranks"].get<double>() == Approx(1).epsilon(1e-12));
      CHECK(result["program"]["largest_rank"] == results.at("local")["program"]["largest_rank"]);
    }
  }
}

TEST_CASE("socialnet runs under every engine, and no operation sees a wrong value") {
  for (const std::string references : {"copied", "borrowed"}) {
    const auto results = run_under_all({{"extends", "workloads/socialnet.json"},
                                        {"scale", 1},
                                        {"requests", 24},
                                        {"batch_per_server", 2},
                                        {"videos", 2},
                                        {"frame_size", "4000B"},
                                        {"references", references}});
    for (const auto& [protocol, result] : results) {
      INFO(protocol);
      CHECK(result["operations"]["total"] == 24);
      CHECK(result["program"]["posts"] == 24);
    }
  }
}
