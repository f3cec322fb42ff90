// The programs of DRust's evaluation that hand large objects about, under every engine: each does
// its operations, and the memory model that the engine claims holds.

#include <catch2/catch.hpp>

#include "tests/experiment/walk.hpp"

using namespace dsmsim;

namespace {

const std::vector<std::string> kEngines = {"local",  "drust",       "gam",        "grappa",
                                           "ivy",    "kona-shared", "kona-main",  "legoos-shared",
                                           "legoos", "swap",        "infiniswap", "nocache"};

void run_checked(const nlohmann::json& protocol, const nlohmann::json& program,
                 std::uint64_t operations) {
  const int servers = protocol == "local" ? 1 : 3;
  const nlohmann::json result =
      walk::result_of({{"cluster", {{"extends", "clusters/drust8.json"}, {"servers", servers}}},
                       {"protocol", protocol},
                       {"check", true},
                       {"program", program}});
  INFO(protocol.dump());
  CHECK(result["operations"]["total"] == operations);
}

}  // namespace

TEST_CASE("gemm and dataframe run under every engine, and the checker finds nothing") {
  const nlohmann::json gemm = {{"name", "gemm"}, {"scale", 1e-5}, {"time_slice", "0ns"}};
  const nlohmann::json frame = {{"name", "dataframe"},  {"scale", 1},       {"rows", 3000},
                                {"chunk_size", "4KiB"}, {"repetitions", 1}, {"large_queries", 1}};
  std::vector<nlohmann::json> protocols(kEngines.begin(), kEngines.end());
  protocols.push_back({{"extends", "protocols/drust-artifact.json"}});
  protocols.push_back({{"extends", "protocols/gam-as-compared.json"}});
  for (const nlohmann::json& protocol : protocols) {
    run_checked(protocol, gemm, 343);
    run_checked(protocol, frame, 10);
  }
}
