// Nobody waits for ever, and nobody waits alone: runs with more threads than frames, with a word
// that all servers want, and what a run says about its longest wait.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

using Catch::Contains;
using nlohmann::ordered_json;

namespace {

std::string live_experiment(int servers, const std::string& protocol, const std::string& program,
                            const std::string& limits = R"({"events": 3000000})") {
  return R"({"cluster": {"extends": "clusters/drust8.json", "servers": )" +
         std::to_string(servers) + R"(}, "protocol": )" + protocol + R"(, "program": )" + program +
         R"(, "limits": )" + limits + "}";
}

/// Each of 8 threads goes over pages of its own.
std::string live_pages(double write_ratio) {
  return R"({"name": "pages", "working_set": "256KiB", "accesses": 40, "threads_per_server": 8,
             "write_ratio": )" +
         std::to_string(write_ratio) + "}";
}

ordered_json live_result(const std::string& text) {
  const Scratch scratch;
  const CommandRun outcome =
      run_dsmsim(scratch, {"run", scratch.file("live.json", text), "--json", "-"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return ordered_json::parse(outcome.out);
}

}  // namespace

TEST_CASE("Threads that have fewer frames than they are do not take each other's for ever") {
  const std::string tiny = R"(, "cache": "8KiB", "min_free": 0, "batch": 1})";
  for (const std::string& protocol : std::vector<std::string>{
           R"({"extends": "protocols/swap.json")" + tiny,
           R"({"extends": "protocols/infiniswap.json")" + tiny,
           R"({"extends": "protocols/fastswap.json")" + tiny,
           std::string(R"({"extends": "protocols/kona.json", "cache": "4KiB", "ways": 1})"),
           std::string(R"({"extends": "protocols/kona-vm.json", "cache": "4KiB", "ways": 1})"),
           std::string(R"({"extends": "protocols/kona-vm.json", "cache": "32KiB"})"),
           std::string(R"({"extends": "protocols/legoos.json", "cache": "4KiB", "ways": 1})"),
       }) {
    for (const double writes : {0.0, 1.0}) {
      INFO(protocol << ", writes " << writes);
      CHECK(live_result(live_experiment(2, protocol, live_pages(writes)))["operations"]["total"] ==
            320);
    }
  }
}

TEST_CASE("Threads with locks in pages that do not fit come to an end, each in its turn") {
  const std::string records = R"({"name": "ycsb", "recordcount": 64, "operationcount": 1000,
      "threads_per_server": 3, "fieldcount": 2, "fieldlength": "100B"})";
  for (const std::string protocol : {"swap", "infiniswap", "fastswap"}) {
    INFO(protocol);
    const ordered_json result =
        live_result(live_experiment(2,
                                    R"({"extends": "protocols/)" + protocol +
                                        R"(.json", "cache": "8KiB", "min_free": 0, "batch": 1})",
                                    records));
    CHECK(result["operations"]["total"] == 1000);
    CHECK(result["longest_wait"]["wait_ns"].get<double>() < 1e6);
  }
}

TEST_CASE("A thread of a page's home has its turn among the others that want the page") {
  const std::string adds = R"({"name": "gups", "words": 1, "chunk": "8B", "threads_per_server": 1,
                               "updates": 3000})";
  for (const char* const protocol : {R"("ivy")", R"("legoos-shared")", R"("kona-shared")"}) {
    INFO(protocol);
    const ordered_json result = live_result(live_experiment(4, protocol, adds));
    CHECK(result["longest_wait"]["wait_ns"].get<double>() < 100'000);
  }
}

TEST_CASE("A run says which operation has waited longest, whose it was and since when") {
  const Scratch scratch;
  const std::string text = live_experiment(
      2, R"("ivy")", R"({"name": "gups", "words": 1, "chunk": "8B", "threads_per_server": 1,
                         "updates": 100})");
  const CommandRun outcome =
      run_dsmsim(scratch, {"run", scratch.file("live.json", text), "--out", "r"});
  REQUIRE(outcome.exit_code == 0);
  const ordered_json result = ordered_json::parse(scratch.read("r/result.json"));
  const ordered_json& wait = result["longest_wait"];
  CHECK(wait["operation"] == "atomic_add");
  CHECK(wait["wait_ns"] == result["latency"]["atomic_add"]["max_ns"]);
  CHECK(wait["server"].get<int>() < 2);
  CHECK(wait["since_ns"].get<double>() <= result["simulated_s"].get<double>() * 1e9);
  CHECK_THAT(outcome.out, Contains("longest wait: ") && Contains(" atomic_add of object ") &&
                              Contains(" by thread "));
}

TEST_CASE("Where nobody has waited there is no longest wait") {
  const std::string adds = R"({"name": "gups", "words": 1, "chunk": "8B", "threads_per_server": 1,
                               "updates": 100})";
  CHECK(live_result(live_experiment(1, R"("local")", adds))["longest_wait"].is_null());
}

TEST_CASE("A run in which all wait and nothing ends is given up, and says who waits") {
  // Here it is one large record that takes long.
  const std::string loads = R"({"name": "ycsb", "recordcount": 2, "operationcount": 4,
      "threads_per_server": 1, "fieldcount": 1, "fieldlength": "256MiB"})";
  const Scratch scratch;
  scratch.file("live.json", live_experiment(2, R"("drust")", loads, "{}"));
  const CommandRun given_up = run_dsmsim(
      scratch,
      {"run", "live.json", "--set", "cluster.wire=queue", "--set", "limits.stalled_events=100000"});
  CHECK(given_up.exit_code == 5);
  CHECK_THAT(given_up.err,
             Contains("livelock: all threads wait, and no operation has ended since") &&
                 Contains("limits.stalled_events = 100000 events") &&
                 Contains(" waits for object 0"));
  CHECK(run_dsmsim(scratch, {"run", "live.json", "--set", "cluster.wire=queue"}).exit_code == 0);
}
