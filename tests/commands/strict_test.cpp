// validate, compare and run refuse the same experiments with the same lines, and before anything
// runs: what used to be found by a run alone, what a comparison did not look at, and where it says
// that the mistake is.

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/command_line.hpp"

namespace fs = std::filesystem;
using Catch::Contains;
using nlohmann::ordered_json;

namespace {

const std::string kShipped = std::string(DSMSIM_SOURCE_DIR) + "/configs";

/// Few updates of a small table on so many servers.
ordered_json small(const ordered_json& protocol, int servers) {
  return {
      {"cluster", {{"extends", "clusters/drust8.json"}, {"servers", servers}}},
      {"protocol", protocol},
      {"program", {{"name", "gups"}, {"words", 64}, {"updates", 4}, {"threads_per_server", 1}}}};
}

ordered_json with(ordered_json experiment, const std::string& pointer, const ordered_json& value) {
  experiment[ordered_json::json_pointer(pointer)] = value;
  return experiment;
}

ordered_json options_of(const std::string& file, const ordered_json& options) {
  ordered_json protocol = {{"extends", "protocols/" + file + ".json"}};
  protocol.update(options);
  return protocol;
}

struct Bad {
  ordered_json experiment;
  std::vector<std::string> lines;  ///< pointer and message: what each line of the error ends with
};

ordered_json trace(const std::string& file, const ordered_json& more = ordered_json::object()) {
  ordered_json program = {{"name", "trace"}, {"file", file}};
  program.update(more);
  return program;
}

// Each was fine for validate, or for compare, and ended a run, or made it crash.
std::vector<Bad> servers_that_a_protocol_needs() {
  return {
      {small("legoos", 1),
       {"/protocol  legoos: one server computes and all others hold memory, so it needs at least "
        "two servers"}},
      {small(options_of("legoos", {{"manager", 3}}), 3),
       {"/protocol/manager  legoos: the manager is to be on server 3, but the servers are 0 to 2"}},
      {small("legoos-files", 2),
       {"/protocol/files  legoos: files need at least three servers: one that computes, one with "
        "memory, and one that stores them"}},
      {small("kona", 1),
       {"/protocol  kona: server 0 computes and 1 other holds its memory: it takes more than 1 "
        "servers"}},
      {small(options_of("kona", {{"replicas", 3}}), 3),
       {"/protocol/replicas  kona: server 0 computes and 3 others hold its memory: it takes more "
        "than 3 servers"}},
      {small(options_of("kona", {{"controller", 2}}), 2),
       {"/protocol/controller  kona: the rack controller is to be server 2, but there are only 2 "
        "servers"}},
      {small("kona-shared", 1),
       {"/protocol  kona: of 1 server 1 computes, so none is left to hold memory"}},
      {small("infiniswap", 1), {"swap: a cluster of one server has no other servers to swap to"}},
      {small("local", 2),
       {"/protocol  \"local\" keeps all memory on one server, but cluster.servers is 2"}},
      {small(options_of("drust", {{"controller", {{"server", 3}}}}), 3),
       {"/protocol/controller/server  drust: the controller is to be on server 3 of 3 servers, "
        "counted from 0"}},
      {small(options_of("drust", {{"replication", {{"backups", 2}}}}), 2),
       {"/protocol/replication/backups  drust: replication.backups is 2, and of 2 servers only 1 "
        "can have a backup of another one's partition"}},
  };
}

std::vector<Bad> sizes() {
  const auto memory = [](const ordered_json& protocol, const std::string& size) {
    return with(small(protocol, 3), "/cluster/server", {{"memory", size}});
  };
  return {
      {memory("fastswap", "512MiB"),
       {"swap: no server has room for a slab of 1GiB (protocol.slab): each has 512MiB"}},
      {memory("infiniswap", "512MiB"),
       {"swap: no server has room for a slab of 1GiB (protocol.slab): each has 512MiB"}},
      {memory(options_of("infiniswap",
                         {{"daemon", {{"evict_below", "8GiB"}, {"grow_above", "9GiB"}}}}),
              "8GiB"),
       {"swap: no server has room for a slab of 1GiB (protocol.slab): each has 8GiB, of which it "
        "keeps 8GiB free (protocol.daemon.evict_below)"}},
      {small(options_of("infiniswap",
                        {{"daemon",
                          {{"evict_below", "1GiB"},
                           {"grow_above", "2GiB"},
                           {"demand", ordered_json::array(
                                          {{{"server", 9}, {"at", "1ms"}, {"bytes", "1GiB"}}})}}}}),
             3),
       {"/protocol/daemon/demand/0/server  swap: memory servers are 1 to 2, not 9"}},
      {small(options_of("gam", {{"cache", "64GiB"}}), 2),
       {"/protocol/cache  gam: a cache of 64GiB does not fit in a server's 32GiB of memory"}},
      {small(options_of("gam", {{"slab", {{"page", "16TiB"}}}}), 2),
       {"/protocol/slab/page  slab page 16TiB is larger than 1GiB"}},
      {small(options_of("kona", {{"cache", "9223372036854775807B"}}), 2), {"/protocol/cache"}},
      {small(options_of("grappa", {{"processes_per_server", 64}}), 2),
       {"/protocol/processes_per_server  grappa: 64 processes do not fit on the 16 cores of a "
        "server"}},
      {small(options_of("grappa", {{"autoflush_ticks", 9223372036854775807U}}), 2),
       {"/protocol/autoflush_ticks  must be between 0 and 1000000000000, is 9223372036854775807"}},
      {memory("legoos", "1e18B"),
       {"/cluster/server/memory  must be between 1B and 64TiB, is 976562500000000KiB"}},
  };
}

std::vector<Bad> programs() {
  const ordered_json gam = small("gam", 2);
  const auto run = [&gam](const ordered_json& program) { return with(gam, "/program", program); };
  return {
      {run({{"name", "files"}}),
       {"/program  the program needs file_read, which this protocol, with its options as they are, "
        "does not offer"}},
      {run(trace("t.lackey", {{"thread_servers", {0, 5}}})),
       {"/program/thread_servers/1  trace: thread_servers names server 5, but threads run on 2"}},
      {run({{"name", "kvstore"}, {"buckets", 1000}, {"key_size", "0B"}, {"value_size", "1GiB"}}),
       {"/program  allocates 1000GiB, and this protocol on 2 servers of 32GiB has room for 64GiB"}},
      {with(run({{"name", "gups"}, {"words", 1099511627776U}, {"chunk", "8B"}}), "/cluster/server",
            {{"memory", "64TiB"}}),
       {"of the memory of the machine that simulates, which has"}},
  };
}

std::vector<Bad> faults() {
  const auto broken = [](int servers, const ordered_json& fault) {
    return with(small(servers == 1 ? "local" : "gam", servers), "/faults/0", fault);
  };
  const ordered_json link = {
      {"name", "link_down"}, {"link", "server0-switch"}, {"at", "1us"}, {"for", "100ms"}};
  const ordered_json stall = {{"name", "nic_stall"}, {"server", 0}, {"at", "1us"}, {"for", "1us"}};
  return {
      {broken(2, link), {"/faults/0/link  there is no link \"server0-switch\"; did you mean"}},
      {broken(1, stall), {"/faults  a cluster of one server has no network that could break"}},
      {broken(2, {{"name", "crash"}, {"server", 4294967295U}, {"at", "1us"}}),
       {"/faults/0/server  there is no server 4294967295: the cluster has 2, counted from 0"}},
      {broken(2, {{"name", "crash"}, {"server", 1}, {"before", {{"message", "WRTE"}}}}),
       {"/faults/0/before/message  \"gam\" has no message \"WRTE\"; did you mean \"WRITE\""}},
  };
}

std::vector<Bad> names() {
  return {
      {with(small("gam", 2), "/name", std::string("\0x", 2)), {"/name  is the name of a folder"}},
      {with(small("gam", 2), "/name", "../../esc"), {"/name  is the name of a folder"}},
      {with(small("gam", 2), "/name", ".."), {"/name  is the name of a folder"}}};
}

/// The lines of the error, and that they are the same for all who read the experiment.
std::vector<std::string> refused(const Scratch& scratch, const ordered_json& experiment) {
  scratch.file("bad.json", experiment.dump());
  const CommandRun run = run_dsmsim(scratch, {"run", "bad.json"});
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  const CommandRun validate = run_dsmsim(scratch, {"validate", "bad.json"});
  CHECK(validate.exit_code == 2);
  CHECK(validate.err == run.err);
  scratch.file("bad.json", with(experiment, "/axes", {{"seed", {1, 2}}}).dump());
  const CommandRun compare = run_dsmsim(scratch, {"compare", "bad.json"});
  CHECK(compare.exit_code == 2);
  CHECK(lines_of(compare.err).size() == lines_of(run.err).size());
  CHECK_FALSE(fs::exists(scratch.path() / "results"));
  return lines_of(run.err);
}

void check_refused(const std::vector<Bad>& all) {
  const Scratch scratch;
  scratch.file("t.lackey", " L 1000,8\n S 2000,8\n");
  for (const Bad& bad : all) {
    INFO(bad.experiment.dump());
    const std::vector<std::string> lines = refused(scratch, bad.experiment);
    REQUIRE(lines.size() == bad.lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CHECK_THAT(lines[i], Contains(bad.lines[i]));
    }
  }
}

}  // namespace

TEST_CASE("Servers that a protocol needs and the cluster has not are found by all who read") {
  check_refused(servers_that_a_protocol_needs());
}

TEST_CASE("Sizes that do not fit the servers, or this machine, are found by all who read") {
  check_refused(sizes());
}

TEST_CASE("What a program needs of the protocol and of its servers is found by all who read") {
  check_refused(programs());
}

TEST_CASE("Faults of servers, links and messages that are not there are found by all who read") {
  check_refused(faults());
}

TEST_CASE("A name that is none of a folder in results is found by all who read") {
  check_refused(names());
}

TEST_CASE("A mistake of the program does not hide those of the protocol and of the faults") {
  ordered_json bad = small(options_of("drust", {{"controller", {{"server", 9}}}}), 2);
  bad["program"] = trace("t.lackey", {{"thread_servers", {7}}});
  bad["faults"] = ordered_json::array({{{"name", "crash"}, {"server", 5}, {"at", "1us"}}});
  check_refused({{bad,
                  {"/protocol/controller/server  drust: the controller is to be on server 9",
                   "/faults/0/server  there is no server 5"}}});
}

TEST_CASE("A line of a trace that is none is found before anything runs, with its own place") {
  const Scratch scratch;
  scratch.file("broken.lackey", " L 1000,8\nnonsense\n");
  const std::vector<std::string> lines =
      refused(scratch, with(small("gam", 2), "/program", trace("broken.lackey")));
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Contains("/program/file  ") && Contains("broken.lackey:2"));
}

TEST_CASE("A mistake of one value of an axis stands at that value") {
  const Scratch scratch;
  scratch.file("bad.json", R"({
  "cluster": {"extends": "clusters/drust8.json", "server": {"memory": "1GiB"}},
  "program": {"name": "gups", "words": 64, "updates": 4},
  "protocol": "legoos",
  "axes": {"seed": [1, 2], "servers": [1, 2]}
})");
  for (const std::string verb : {"validate", "run", "compare"}) {
    const CommandRun outcome = run_dsmsim(scratch, {verb, "bad.json"});
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err ==
          "bad.json:5:40  /axes/servers/0  /protocol: legoos: one server computes and all others "
          "hold memory, so it needs at least two servers\n");
  }
}

TEST_CASE("A mistake of two axes together stands at the value that asks, and names the other") {
  const Scratch scratch;
  scratch.file("bad.json", R"({
  "cluster": "drust8", "program": {"name": "gups", "words": 64, "updates": 4},
  "axes": {"protocol": ["gam", "legoos"], "seed": [1, 2], "servers": [1, 2]}
})");
  const CommandRun outcome = run_dsmsim(scratch, {"compare", "bad.json"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err ==
        "bad.json:3:32  /axes/protocol/1  legoos: one server computes and all others hold memory, "
        "so it needs at least two servers (with servers=1)\n");
}

TEST_CASE("Axes of one value, and axes that --set decides, are read as strictly as others") {
  const Scratch scratch;
  ordered_json file = small("gam", 1);
  file["axes"]["protocol"] = ordered_json::array({"legoos"});
  scratch.file("one.json", file.dump());
  for (const std::string verb : {"validate", "run", "compare"}) {
    const CommandRun outcome = run_dsmsim(scratch, {verb, "one.json"});
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.err, Contains("/axes/protocol/0  legoos: one server computes"));
  }
  const CommandRun set = run_dsmsim(scratch, {"run", "one.json", "--set", "protocol=drust", "--set",
                                              "protocol.controller.server=1"});
  CHECK(set.exit_code == 2);
  CHECK_THAT(set.err, Catch::StartsWith("--set protocol.controller.server=1  "
                                        "/protocol/controller/server  drust: the controller"));
}

TEST_CASE("A file that others extend and that is broken is the only mistake") {
  const Scratch scratch;
  scratch.file("clusters/mine.json", "garbage");
  scratch.file("m.json", R"({"cluster": {"extends": "clusters/mine.json", "servers": 2},
 "protocol": "drust", "program": {"name": "gups", "words": 64, "updates": 20}})");
  const CommandRun outcome = run_dsmsim(scratch, {"validate", "m.json"});
  CHECK(outcome.exit_code == 2);
  REQUIRE(lines_of(outcome.err).size() == 1);
  CHECK_THAT(outcome.err, Contains("clusters/mine.json:1:1  "));
}

// --seed -1 ran with 18446744073709551615, and one more than that with the same.
TEST_CASE("A number of the command line is a whole number that there is room for") {
  const Scratch scratch;
  scratch.file("fine.json", small("gam", 2).dump());
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"run", "fine.json", "--seed", "-1"},
        {"run", "fine.json", "--seed", "18446744073709551616"},
        {"verbs", "--qps", "-1"},
        {"verbs", "--outstanding", "4294967296"},
        {"verbs", "--incast", "-3"},
        {"fuzz", "gam", "--seed", "-1"},
        {"fuzz", "gam", "--programs", "-1"},
        {"crash", "gam", "none.litmus", "--server", "-1"},
        {"explore", "gam", "none.litmus", "--states", "-1"}}) {
    const CommandRun outcome = run_dsmsim(scratch, arguments);
    INFO(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.err, Contains("is not a whole number from "));
  }
}

TEST_CASE("What validate finds fine starts, under every engine, and in each of its runs") {
  for (const std::string name : {"all-engines", "slab-eviction", "file-cache"}) {
    const Scratch scratch;
    const CommandRun compare = run_dsmsim(
        scratch,
        {"compare", kShipped + "/experiments/" + name + ".json", "--set", "limits.events=1"});
    INFO(compare.err);
    CHECK(compare.exit_code == 5);
    for (const std::string& line : lines_of(compare.err)) {
      CHECK_THAT(line, Contains("failed with exit code 5: limits.events of 1 reached"));
    }
  }
}
