// Faults in experiments: what ends a run, and what a run says that goes on.

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

namespace fs = std::filesystem;
using Catch::Contains;
using nlohmann::json;

namespace {

/// A small key-value store on three servers, in which this breaks.
CommandRun run(const Scratch& scratch, const std::string& protocol, const json& faults,
               const json& more = json::object()) {
  json file = {
      {"cluster", "drust8"}, {"protocol", protocol}, {"program", "kvstore"}, {"faults", faults}};
  file.update(more);
  scratch.file("faults.json", file.dump(1));
  return run_dsmsim(scratch, {"run", "faults.json", "--out", "out", "--set", "servers=3", "--set",
                              "program.operations=1000", "--set", "program.populate_operations=300",
                              "--set", "program.keys=300", "--set", "program.buckets=512"});
}

json result(const Scratch& scratch) { return json::parse(scratch.read("out/result.json")); }

}  // namespace

TEST_CASE("A crash ends the run of a protocol that does not survive it, and says what was lost") {
  const Scratch scratch;
  for (const std::string protocol : {"gam", "drust"}) {
    const CommandRun outcome =
        run(scratch, protocol, {{{"name", "crash"}, {"server", 1}, {"at", "1ms"}}});
    INFO(outcome.err);
    CHECK(outcome.exit_code == 6);
    CHECK_THAT(outcome.err, Contains("at 1ms: server 1 crashed") &&
                                Contains("threads lost with it") &&
                                Contains("objects lost with it: ") &&
                                Contains(" to server 1 failed") && Contains("waits for object"));
  }
}

TEST_CASE("The failure detector ends a run that no failing request would end") {
  const Scratch scratch;
  const CommandRun outcome =
      run(scratch, "gam", {{{"name", "crash"}, {"server", 1}, {"at", "1ms"}}},
          {{"failure_detection", "1ms"}});
  CHECK(outcome.exit_code == 6);
  CHECK_THAT(outcome.err, Contains("at 2ms the failure detector tells that server 1 has crashed"));
}

TEST_CASE("A server can crash where a message of the protocol would have arrived") {
  const Scratch scratch;
  const CommandRun outcome = run(scratch, "gam",
                                 {{{"name", "crash"},
                                   {"server", 2},
                                   {"before", {{"message", "WRITE"}, {"number", 40}}},
                                   {"restart_after", "100us"}}});
  CHECK(outcome.exit_code == 6);
  CHECK_THAT(outcome.err, Contains("server 2 crashed") && Contains("failed"));
}

TEST_CASE("What heals delays a run, is told in its result, and is the same again") {
  const Scratch scratch;
  const json faults = {{{"name", "link_down"},
                        {"link", "server0-switch0"},
                        {"at", "1ms"},
                        {"for", "5us"},
                        {"every", "100us"}},
                       {{"name", "nic_stall"}, {"server", 1}, {"at", "1.1ms"}, {"for", "30us"}},
                       {{"name", "delay"}, {"rate", 0.01}, {"by", "5us"}},
                       {{"name", "crash"}, {"server", 1}, {"at", "100s"}}};
  const json nic = {{"extends", "nics/cx3-ib40.json"}, {"ack_timeout", 5}};
  const json quick = {{"cluster", {{"extends", "clusters/drust8.json"}, {"nic", nic}}}};
  for (const std::string protocol : {"gam", "drust"}) {
    CHECK(run(scratch, protocol, json::array(), quick).exit_code == 0);
    const json whole = result(scratch);
    CHECK_FALSE(whole.contains("faults"));
    const CommandRun outcome = run(scratch, protocol, faults, quick);
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Contains("link_down of server0-switch0: ") &&
                                Contains("crash of server 1: never; the run had ended"));
    const json broken = result(scratch);
    CHECK(broken["faults"]["happened"][0]["times"] > 1);
    CHECK(broken["faults"]["happened"][1]["first_us"] == 1100);
    CHECK(broken["faults"]["happened"][2]["times"] == 0);
    CHECK(broken["faults"]["messages_sent_again"] > 0);
    CHECK(broken["faults"]["messages_delayed"] > 10);
    CHECK(broken["simulated_s"] > whole["simulated_s"]);
    CHECK(broken["operations"]["total"] == whole["operations"]["total"]);
    const std::string text = scratch.read("out/result.json");
    CHECK(run(scratch, protocol, faults, quick).exit_code == 0);
    CHECK((scratch.read("out/result.json") == text));
  }
}

TEST_CASE("Faults of what there is not exit with 2 and the place") {
  const Scratch scratch;
  const CommandRun outcome =
      run(scratch, "gam",
          {{{"name", "crash"}, {"server", 9}, {"at", "1us"}},
           {{"name", "link_down"}, {"link", "server0-swich0"}, {"at", "1us"}, {"for", "1us"}},
           {{"name", "crash"}, {"server", 1}, {"before", {{"message", "INVALIDAT"}}}},
           {{"name", "nic_stall"}, {"server", 1}, {"at", "1us"}, {"for", "1s"}}});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err,
             Contains("/faults/0/server  there is no server 9") &&
                 Contains("/faults/1/link  there is no link \"server0-swich0\"; did you mean") &&
                 Contains("/faults/2/before/message  \"gam\" has no message \"INVALIDAT\"; did") &&
                 Contains("/faults/3/for  requests fail after 536.870912ms"));
  const CommandRun neither = run(scratch, "gam", {{{"name", "crash"}, {"server", 1}}});
  CHECK(neither.exit_code == 2);
  CHECK_THAT(neither.err, Contains("either \"at\", a time, or \"before\""));
}

TEST_CASE("Faults that can do nothing exit with 2 and the place") {
  // A lossy network was accepted under protocols that send no datagrams, and the run was as ever.
  const Scratch scratch;
  const CommandRun outcome =
      run(scratch, "gam",
          {{{"name", "datagram_loss"}, {"rate", 0.5}},
           {{"name", "nic_stall"}, {"server", 2}, {"at", "2s"}, {"for", "5us"}}},
          {{"limits", {{"simulated_time", "1s"}}}});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err,
             Contains("/faults/0  \"gam\" sends no unreliable datagrams (SEND_UD)") &&
                 Contains("/faults/1/at  the run ends before: limits.simulated_time is 1s"));
  CHECK(lines_of(outcome.err).size() == 2);
  const CommandRun nothing =
      run(scratch, "gam",
          {{{"name", "delay"}, {"rate", 0}, {"by", "5us"}},
           {{"name", "nic_stall"}, {"server", 1}, {"at", "-2us"}, {"for", "0us"}}});
  CHECK_THAT(nothing.err, Contains("/faults/0/rate  must be greater than zero") &&
                              Contains("/faults/1/at  must") && Contains("/faults/1/for  must"));
}

TEST_CASE("A result says of a server's second crash that it was down") {
  // It said that the run had ended before.
  const Scratch scratch;
  const auto crash = [](const std::string& at) {
    return json{{"name", "crash"}, {"server", 2}, {"at", at}};
  };
  const json backup = {
      {"protocol", {{"extends", "protocols/kona.json"}, {"replicas", 2}, {"slab", "1MiB"}}}};
  const CommandRun outcome =
      run(scratch, "kona", {crash("10us"), crash("20us"), crash("100s")}, backup);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, Contains("crash of server 2: 1 time, first at 10.0 us") &&
                              Contains("crash of server 2: never; the server was down"));
}

TEST_CASE("A cable between switches that no server's messages cross cannot break") {
  const Scratch scratch;
  const auto cable = [](const std::string& one, const std::string& other) {
    return json{{"from", one}, {"to", other}, {"rate", "40Gbps"}, {"latency", "100ns"}};
  };
  const json topology = {
      {"name", "graph"},
      {"servers", {"server0", "server1", "server2"}},
      {"switches",
       {{{"name", "near"}, {"latency", "100ns"}}, {{"name", "spare"}, {"latency", "100ns"}}}},
      {"cables",
       {cable("server0", "near"), cable("server1", "near"), cable("server2", "near"),
        cable("near", "spare")}}};
  const json cluster = {{"cluster", {{"extends", "clusters/drust8.json"}, {"topology", topology}}}};
  const auto down = [](const std::string& link) {
    return json::array({{{"name", "link_down"}, {"link", link}, {"at", "2ms"}, {"for", "5us"}}});
  };
  CHECK(run(scratch, "gam", down("server2-near"), cluster).exit_code == 0);
  const CommandRun spare = run(scratch, "gam", down("near-spare"), cluster);
  INFO(spare.err);
  CHECK(spare.exit_code == 2);
  CHECK_THAT(spare.err, Contains("/faults/0/link  no message crosses \"near-spare\""));
}

TEST_CASE("A protocol that sends no messages is only concerned by a crash of its server") {
  const Scratch scratch;
  const CommandRun outcome = run(scratch, "swap",
                                 {{{"name", "delay"}, {"rate", 0.5}, {"by", "1us"}},
                                  {{"name", "crash"}, {"server", 1}, {"at", "1ms"}},
                                  {{"name", "crash"}, {"server", 0}, {"at", "1ms"}}});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Contains("/faults/0  \"swap\", as it is set, sends no message") &&
                              Contains("/faults/1  \"swap\", as it is set, sends no message"));
  CHECK(lines_of(outcome.err).size() == 2);
}

namespace {

/// One fault file as a user has it, and what the run left.
struct CrashedRun {
  CommandRun outcome;
  std::vector<std::string> files;
};

CrashedRun run_file(const json& experiment) {
  const Scratch scratch;
  scratch.file("crash.json", experiment.dump(1));
  CommandRun outcome = run_dsmsim(scratch, {"run", "crash.json", "--out", "out"});
  return {std::move(outcome), scratch.files()};
}

const json kThree = {{"extends", "clusters/drust8.json"}, {"servers", 3}};

json crash_of(int server, const std::string& at) {
  return {{"name", "crash"}, {"server", server}, {"at", at}};
}

json small_ycsb(int records, int operations, int threads) {
  return {{"name", "ycsb"},
          {"recordcount", records},
          {"operationcount", operations},
          {"threads_per_server", threads},
          {"fieldcount", 1},
          {"fieldlength", "64B"}};
}

const json kBackup = {{"extends", "protocols/drust.json"}, {"replication", {{"backups", 1}}}};

}  // namespace

TEST_CASE("A crash of the program's own server is the end of it under every protocol") {
  // With the program on one server nobody waited for it: exit code 0, and time below zero.
  const json store = {{"name", "kvstore"}, {"operations", 3000},      {"populate_operations", 300},
                      {"keys", 1000},      {"threads_per_server", 2}, {"buckets", 64}};
  for (const std::string protocol :
       {"drust", "gam", "ivy", "kona", "kona-shared", "legoos", "infiniswap", "fastswap"}) {
    for (const std::string at : {"20us", "200us"}) {  // in the set-up, and when it is measured
      INFO(protocol << " at " << at);
      const CrashedRun run = run_file({{"cluster", kThree},
                                       {"protocol", protocol},
                                       {"program", store},
                                       {"faults", {crash_of(0, at)}},
                                       {"failure_detection", "1ms"}});
      INFO(run.outcome.err);
      CHECK(run.outcome.exit_code == 6);
      CHECK_THAT(run.outcome.err,
                 Contains("at " + at + ": server 0 crashed\n  threads lost with it: 0"));
      CHECK(run.files == std::vector<std::string>{"crash.json"});
    }
  }
}

TEST_CASE("A cable that flaps for ever ends with a run that nothing else keeps going") {
  // It kept the queue busy, and the controller's pings with it, for ever.
  for (const auto& [protocol, exit_code] : {std::pair(kBackup, 0), std::pair(json("drust"), 6)}) {
    const CrashedRun run = run_file({{"cluster", kThree},
                                     {"protocol", protocol},
                                     {"program", small_ycsb(10, 100, 1)},
                                     {"faults",
                                      {crash_of(2, "30us"),
                                       {{"name", "link_down"},
                                        {"link", "server1-switch0"},
                                        {"at", "100us"},
                                        {"for", "30us"},
                                        {"every", "300us"}}}},
                                     {"limits", {{"simulated_time", "20s"}}}});
    INFO(run.outcome.err);
    CHECK(run.outcome.exit_code == exit_code);
    if (exit_code == 6) {
      CHECK_THAT(run.outcome.err, Contains("at 30us: server 2 crashed"));
    }
  }
}

TEST_CASE("YCSB and the key-value store survive a crash with a backup, and say what was lost") {
  // Those who had come to the start line waited for lost threads for ever. In the set-up, before
  // the start line, and in the measured part.
  const json store = {
      {"name", "kvstore"}, {"operations", 1000}, {"populate_operations", 300}, {"keys", 100},
      {"buckets", 32},     {"bucket_shift", 0},  {"threads_per_server", 2}};
  for (const json& program : {small_ycsb(20, 1000, 2), store}) {
    for (const std::string at : {"10ns", "5us", "60us"}) {
      INFO(program["name"] << " at " << at);
      const Scratch scratch;
      const json experiment = {{"cluster", kThree},
                               {"protocol", kBackup},
                               {"program", program},
                               {"faults", {crash_of(1, at)}},
                               {"failure_detection", "10us"}};
      scratch.file("crash.json", experiment.dump(1));
      const CommandRun outcome =
          run_dsmsim(scratch, {"run", "crash.json", "--check", "--out", "out"});
      INFO(outcome.err);
      REQUIRE(outcome.exit_code == 0);
      const json whole = result(scratch);
      const json& lost = whole["faults"]["lost"];
      REQUIRE(lost.size() == 1);
      CHECK(lost[0]["server"] == 1);
      CHECK(lost[0]["threads"].size() == whole["faults"]["lost_threads"]);
      const std::uint64_t missing = whole["faults"]["lost_operations"];
      CHECK(missing > 0);
      CHECK(whole["operations"]["total"] == 1000 - missing);
    }
  }
}

TEST_CASE("Who has asked a server for memory while it is lost asks its substitute once more") {
  // "the engine left -156ns of a allocate uncharged": the request was still on its way.
  json cluster = kThree;
  cluster["servers"] = 2;
  const json crowd = {{"name", "crowd"},     {"threads", 1},        {"start", "placement"},
                      {"objects", 1},        {"shared_objects", 3}, {"object_size", "4KiB"},
                      {"steps", 1},          {"compute", "1us"},    {"remote_share", 0.4},
                      {"rewrite_share", 0.3}};
  const CrashedRun run = run_file({{"cluster", cluster},
                                   {"protocol", kBackup},
                                   {"program", crowd},
                                   {"seed", 402041},
                                   {"failure_detection", "1us"},
                                   {"faults", {crash_of(1, "5.49us")}}});
  INFO(run.outcome.err);
  CHECK(run.outcome.exit_code == 0);
}

TEST_CASE("A writer that dies with its lock takes what nobody knew with it, and no more") {
  // "is lost with server 1, though others knew of it": freeing its lock had told the checker so.
  json ycsb = small_ycsb(2, 20, 2);
  ycsb["workload"] = "A";
  const CrashedRun run = run_file({{"cluster", kThree},
                                   {"protocol", kBackup},
                                   {"program", ycsb},
                                   {"check", true},
                                   {"seed", 554},
                                   {"faults", {crash_of(1, "34us")}}});
  INFO(run.outcome.err);
  CHECK(run.outcome.exit_code == 0);
}

TEST_CASE("A write-back to a backup that ends before it has begun leaves nothing behind") {
  // The coroutine that was to post it read the write-back that the crash had ended: SIGSEGV.
  json cluster = kThree;
  cluster["servers"] = 4;
  const CrashedRun run = run_file(
      {{"cluster", cluster},
       {"protocol", kBackup},
       {"program", small_ycsb(40, 200, 2)},
       {"seed", 318},
       {"faults",
        {crash_of(3, "147us"),
         {{"name", "link_down"}, {"link", "server1-switch0"}, {"at", "135us"}, {"for", "50us"}}}},
       {"failure_detection", "1ms"}});
  INFO(run.outcome.err);
  CHECK(run.outcome.exit_code == 0);
}

TEST_CASE("Results of queries that are lost are not asked for") {
  // table read the object that a lost query had not allocated: exit code 2.
  const Scratch scratch;
  const json experiment = {{"cluster", kThree},
                           {"protocol", kBackup},
                           {"program", "table"},
                           {"faults", {crash_of(1, "2ms")}},
                           {"failure_detection", "1ms"}};
  scratch.file("crash.json", experiment.dump(1));
  const CommandRun outcome = run_dsmsim(scratch, {"run", "crash.json", "--out", "out"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const json whole = result(scratch);
  CHECK(whole["faults"]["lost_threads"] > 0);
  const std::uint64_t lost = whole["faults"]["lost_threads"];
  CHECK(whole["operations"]["total"] == whole["program"]["queries"].get<std::uint64_t>() - lost);
  CHECK(whole["measured_s"] > 0.002);
}

TEST_CASE("A result that is handed over holds what its thread wrote, however late the network is") {
  // Who joined the query released its result before the last asynchronous write arrived there:
  // exit code 3, "a delegate runs at core 37, which is not its home".
  json cluster = kThree;
  cluster["servers"] = 4;
  const CrashedRun run = run_file(
      {{"seed", 565169},
       {"cluster", cluster},
       {"protocol", {{"extends", "protocols/grappa.json"}, {"writes", "asynchronous"}}},
       {"program",
        {{"name", "table"},
         {"columns", 4},
         {"chunks", 4},
         {"chunk_size", "1KiB"},
         {"queries", 15},
         {"keys", 1},
         {"compute", "1us"}}},
       {"faults",
        {{{"name", "link_down"}, {"link", "server2-switch0"}, {"at", "1.7ms"}, {"for", "30us"}}}}});
  INFO(run.outcome.err);
  CHECK(run.outcome.exit_code == 0);
}

TEST_CASE("Memory that runs out because a server is lost is a loss, and no mistake of the input") {
  // Kona with two replicas had exit code 2: "no 2 memory nodes are left".
  const Scratch scratch;
  const CommandRun outcome =
      run(scratch, "kona", json::array({crash_of(1, "1us")}), {{"failure_detection", "1us"}});
  INFO(outcome.err);
  CHECK((outcome.exit_code == 0 || outcome.exit_code == 6));
  const json replicated = {{"extends", "protocols/kona.json"}, {"replicas", 2}};
  const CommandRun twice = run(scratch, "kona", json::array({crash_of(1, "1us")}),
                               {{"failure_detection", "1us"}, {"protocol", replicated}});
  INFO(twice.err);
  CHECK(twice.exit_code == 6);
  CHECK_THAT(twice.err, Contains("no 2 memory nodes are left") && Contains("server 1 crashed"));
}
