// Slabs of Infiniswap: how they are mapped and taken back, by which messages and rules, and what
// is left when a server is lost meanwhile.

#include <catch2/catch.hpp>

#include "protocols/swap/activity.hpp"
#include "protocols/swap/contexts.hpp"
#include "protocols/swap/daemon.hpp"
#include "protocols/swap/headroom.hpp"
#include "sim/base/error.hpp"
#include "sim/check/crash_table.hpp"
#include "tests/protocols/specimens.hpp"
#include "tests/protocols/swap/fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;
using swap::Activity;
using swap::Contexts;
using swap::Headroom;

Message control(const std::string& name, std::uint32_t from, std::uint32_t to) {
  return {name, Verb::send, from, to, 392_B};
}

std::uint64_t total(const Messages& messages, const std::string& type) {
  return static_cast<std::uint64_t>(std::count_if(
      messages.begin(), messages.end(), [&type](const Message& m) { return m.type == type; }));
}

/// Every page of a program that needs two more than there are frames.
void write_all(SwapBed& bed, const std::vector<ObjectId>& pages) {
  for (const ObjectId page : pages) {
    bed.thread.write(page);
  }
}

SwapOptions by_messages(SlabRules rules) {
  SwapOptions options = small_swap(2);
  options.mapping = SlabMapping::activity;
  options.rules = rules;
  options.choices = 2;
  options.costs = infiniswap_costs();
  return options;
}

// ---- rules

TEST_CASE("A slab's activity is 80 times what was done and 20 times what it was, as released") {
  Activity activity;
  CHECK_FALSE(activity.is_hot(SlabRules::released, 20));
  activity.count();
  activity.count();
  activity.end_period(SlabRules::released, 1000_ms);
  CHECK(activity.level() == 80 * 50 * 2 + 1);
  activity.count();
  activity.end_period(SlabRules::released, 1000_ms);
  CHECK(activity.level() == 80 * 50 + 20 * 8000 + 1);
  CHECK(activity.is_hot(SlabRules::released, 20));
  for (int i = 0; i < 100; ++i) {  // it only grows, and nothing overflows
    activity.end_period(SlabRules::released, 1000_ms);
  }
  CHECK(activity.is_hot(SlabRules::released, 20));
}

TEST_CASE(
    "In Infiniswap's paper a slab is hot when its average exceeds 20 page operations a second") {
  Activity activity;
  const auto second_with = [&activity](int operations) {
    for (int i = 0; i < operations; ++i) {
      activity.count();
    }
    activity.end_period(SlabRules::paper, 1000_ms);
  };
  second_with(100);
  CHECK(activity.average() == Approx(20));
  CHECK_FALSE(activity.is_hot(SlabRules::paper, 20));
  second_with(100);
  CHECK(activity.average() == Approx(36));
  CHECK(activity.is_hot(SlabRules::paper, 20));
  second_with(0);
  second_with(0);
  second_with(0);
  CHECK(activity.average() == Approx(36 * 0.512));
  CHECK_FALSE(activity.is_hot(SlabRules::paper, 20));
}

TEST_CASE("A daemon takes slabs back as soon as its filtered free memory is short") {
  Headroom headroom(8_GiB, 16_GiB, 20, 10_GiB);
  CHECK(headroom.look(10_GiB, 1_GiB).evict == 0);
  CHECK(headroom.look(8_GiB, 1_GiB).evict == 0);  // 8.6
  CHECK(headroom.look(5_GiB, 1_GiB).evict == 2);  // 6.08
  CHECK(headroom.filtered().count() == Approx(6.08 * (1ULL << 30)));
  CHECK(headroom.look(7_GiB, 1_GiB).evict == 2);  // 6.72
  CHECK(headroom.look(9_GiB, 1_GiB).evict == 0);  // 8.32
}

TEST_CASE("A daemon lends more slabs after twenty looks in a row at much free memory") {
  Headroom headroom(8_GiB, 16_GiB, 20, 20_GiB);
  const auto grown = [&headroom](int looks) {
    std::uint64_t slabs = 0;
    for (int i = 0; i < looks; ++i) {
      slabs += headroom.look(20_GiB, 1_GiB).grow;
    }
    return slabs;
  };
  CHECK(grown(19) == 0);
  CHECK(grown(1) == 4);
  CHECK(grown(19) == 0);
  CHECK(headroom.look(10_GiB, 1_GiB).grow == 0);  // 13: the row ends
  CHECK(grown(19) == 0);
  CHECK(grown(1) == 3);  // not all of the first look is forgotten
}

TEST_CASE(
    "A context is used again when server and disk have ended, or the disk alone, as released") {
  for (const bool early : {false, true}) {
    Contexts contexts(1, early);
    const Contexts::Number context = contexts.take(7);
    CHECK_FALSE(contexts.has_free());
    contexts.end_at_disk(context);
    CHECK(contexts.has_free() == early);
    if (early) {
      contexts.take(8);
      CHECK(contexts.buffer(context) == 8);  // from which the first page is still being sent
      contexts.end_at_disk(context);
    }
    contexts.end_at_server(context);
    CHECK(contexts.in_use() == 0);
  }
}

// ---- mapping

TEST_CASE("A slab is on the disk until a period in which it was used is over, then it is mapped") {
  SwapBed bed(by_messages(SlabRules::released), 3);
  const auto pages = bed.pages(4);
  write_all(bed, pages);
  CHECK(bed.dut.sent().empty());
  bed.pass(1000_ms);
  bed.thread.write(pages[0]);
  const Messages mapping = bed.dut.sent();
  CHECK(total(mapping, "QUERY") == 2);
  CHECK(total(mapping, "FREE_SIZE") == 2);
  CHECK(total(mapping, "SWAP_OUT") == 0);
  REQUIRE(mapping.size() == 6);
  const std::uint32_t chosen = mapping[4].to;
  CHECK(mapping[4] == control("BIND_SINGLE", 0, chosen));
  CHECK(mapping[5] == control("INFO_SINGLE", chosen, 0));
  for (const Message& message : mapping) {
    CHECK(message == control(message.type, message.from, message.to));
  }
  bed.thread.write(pages[1]);
  CHECK(bed.dut.sent() == Messages{{"SWAP_OUT", Verb::write, 0, chosen, 4_KiB}});
  const auto report = bed.report();
  CHECK(report["slabs_mapped"] == 1);
  // Registration, and four messages that each take their receiver's software a while; one answer
  // waits for the other.
  CHECK(report["slab_mapping_us"].get<double>() == Approx(54'000 + 5 * 180).epsilon(0.001));
}

TEST_CASE("The paper maps no slab with as little use as that") {
  SwapBed bed(by_messages(SlabRules::paper), 3);
  const auto pages = bed.pages(4);
  write_all(bed, pages);
  bed.pass(1000_ms);
  write_all(bed, pages);
  CHECK(bed.dut.sent().empty());
  for (int i = 0; i < 60; ++i) {
    write_all(bed, pages);
  }
  bed.pass(1000_ms);
  write_all(bed, pages);
  CHECK(total(bed.dut.sent(), "BIND_SINGLE") == 1);
}

TEST_CASE("A page is read back from where it was written, before a mapping and after") {
  SwapBed bed(by_messages(SlabRules::released), 3);
  const auto pages = bed.pages(6);
  write_all(bed, pages);
  bed.pass(1000_ms);
  write_all(bed, {pages[0]});
  bed.dut.forget();
  bed.thread.read(pages[3]);
  CHECK(total(bed.dut.sent(), "SWAP_IN") == 0);
  write_all(bed, pages);
  write_all(bed, pages);
  bed.dut.forget();
  bed.thread.read(pages[0]);
  CHECK(total(bed.dut.sent(), "SWAP_IN") == 1);
}

// ---- taking back

constexpr Bytes kMemory = Bytes(1 << 20);
DutOptions small_servers() {
  DutOptions options;
  options.server.memory = kMemory;
  return options;
}

TEST_CASE("What a slab held comes from the disk after it has been taken back") {
  SwapOptions options = short_of_memory(2, SlabMapping::at_once, kMemory);
  options.costs = infiniswap_costs();
  SwapBed bed(options, 3, small_servers());
  const auto pages = bed.pages(6);
  write_all(bed, pages);
  const Messages out = bed.dut.sent();
  REQUIRE(total(out, "SWAP_OUT") == 4);
  const std::uint32_t lender = out.front().to;
  bed.pass(2000_ms);
  bed.thread.read(pages[0]);  // free slabs go first
  CHECK(total(bed.dut.sent(), "EVICT") == 0);
  CHECK(bed.report()["free_slabs_given_up"] > 0);
  bed.pass(1000_ms);
  bed.thread.read(pages[1]);
  const Messages sent = bed.dut.sent();
  const auto evict = std::find(sent.begin(), sent.end(), control("EVICT", lender, 0));
  REQUIRE(sent.end() - evict >= 4);
  Messages eviction(evict, sent.end());
  std::erase_if(eviction, [](const Message& m) { return m.payload != 392_B; });
  CHECK(eviction == Messages{control("EVICT", lender, 0), control("ACTIVITY", 0, lender),
                             control("STOP", lender, 0), control("DONE", 0, lender)});
  const auto before = bed.report();
  CHECK(before["slabs_taken_back"] == 1);
  CHECK(before["slab_eviction_us"].get<double>() == Approx(4 * 180).epsilon(0.02));
  bed.dut.forget();
  bed.thread.read(pages[2]);
  CHECK(total(bed.dut.sent(), "SWAP_IN") == 0);
  CHECK(bed.report()["disk_reads"] == before["disk_reads"].get<std::uint64_t>() + 1);
}

TEST_CASE("Of the slabs that a daemon asks about the least active go") {
  swap::Daemon daemon(NodeId(1), RandomStream(1, "daemon"));
  for (std::uint32_t i = 0; i < 12; ++i) {
    daemon.lend(paging::SlabNumber(i));
  }
  daemon.regions = 12;
  daemon.begin_eviction(3, 5, Time());
  REQUIRE(daemon.eviction.candidates.size() == 8);
  std::vector<std::uint32_t> asked;
  for (auto& candidate : daemon.eviction.candidates) {
    candidate.level = 100 - candidate.slab.value();
    asked.push_back(candidate.slab.value());
  }
  daemon.choose();
  std::sort(asked.rbegin(), asked.rend());
  REQUIRE(daemon.eviction.candidates.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(daemon.eviction.candidates[i].slab.value() == asked[i]);
  }
  daemon.end_eviction();
  CHECK(daemon.regions == 9);
  CHECK_FALSE(daemon.lends(paging::SlabNumber(asked[0])));
}

TEST_CASE("A daemon with much free memory lends more of it") {
  SwapOptions options = small_swap(2);
  options.daemon = DaemonOptions{.evict_below = 256_KiB,
                                 .grow_above = 512_KiB,
                                 .grow_after = 3,
                                 .demand = {{1, 1000_ms, 1_MiB}, {1, 5000_ms, 0_B}}};
  SwapBed bed(options, 2, small_servers());
  const auto pages = bed.pages(4);
  write_all(bed, pages);
  bed.pass(4000_ms);
  write_all(bed, pages);
  CHECK(bed.report()["slabs_taken_back"] == 1);
  CHECK(bed.report()["free_slabs_added"] == 0);
  bed.pass(10000_ms);
  write_all(bed, pages);
  CHECK(bed.report()["free_slabs_added"] > 0);
  bed.dut.forget();
  write_all(bed, pages);
  CHECK(total(bed.dut.sent(), "SWAP_OUT") > 0);
}

// ---- orders, crashes, mistakes

TEST_CASE("Infiniswap maps slabs and takes them back in every order of events, in all situations") {
  std::set<std::string> met;
  std::vector<std::string> all;
  for (const SlabMapping mapping : {SlabMapping::at_once, SlabMapping::activity}) {
    for (const std::string name :
         {"pages/page-eviction", "pages/page-crash", "slabs/slab-comes-and-goes"}) {
      INFO(name);
      const Exploration found =
          explore(scenario("scenarios/" + name),
                  specimen_of<SwapEngine>(short_of_memory(2, mapping, kMemory)), {});
      CHECK((found.failure ? found.failure->what : "") == "");
      CHECK(found.complete);
      all = found.situations;
      for (std::size_t i = 0; i < found.met.size(); ++i) {
        if (found.met[i] > 0) {
          met.insert(found.situations[i]);
        }
      }
    }
  }
  for (const std::string& situation : all) {
    INFO(situation);
    CHECK((met.contains(situation) || situation == "SWAP_IN: of a page that was read ahead"));
  }
}

TEST_CASE("A context that is used again too early lets one page into another's place") {
  SwapOptions options = small_swap(2);
  options.contexts = 1;
  const Scenario pages = scenario("scenarios/pages/pages-3");
  CHECK_FALSE(explore(pages, specimen_of<SwapEngine>(options), {}).failure);
  options.reuse_context_early = true;
  const Exploration found = explore(pages, specimen_of<SwapEngine>(options), {});
  REQUIRE(found.failure);
  CHECK(found.failure->code == ExitCode::incoherent);
}

/// The schedule in which messages are faster than threads.
Schedule messages_first(const Scenario& scenario, const Specimen& specimen) {
  const Topology topology = timeless_topology(scenario.servers);
  Execution execution(scenario, specimen, topology);
  Schedule schedule;
  for (;;) {
    std::vector<Choice> choices;
    execution.list_choices(choices);
    if (choices.empty()) {
      return schedule;
    }
    const auto message = std::find_if(choices.begin(), choices.end(), [](const Choice& choice) {
      return choice.kind == Choice::Kind::message;
    });
    schedule.push_back(message == choices.end() ? choices.front() : *message);
    execution.take(schedule.back());
  }
}

TEST_CASE("Infiniswap goes on without a server that is lost while slabs are mapped or taken back") {
  for (const SlabMapping mapping : {SlabMapping::at_once, SlabMapping::activity}) {
    std::set<std::string> steps;
    const Scenario slabs = scenario("scenarios/slabs/slab-crash");
    const Specimen specimen = specimen_of<SwapEngine>(short_of_memory(2, mapping, kMemory, 4));
    const CrashTable table = crash_everywhere(
        slabs, specimen,
        {.schedule = messages_first(slabs, specimen), .servers = {NodeId(1), NodeId(2)}});
    CHECK(table.count(CrashEnd::survived) > 0);
    CHECK(table.count(CrashEnd::survived) + table.count(CrashEnd::finished) == table.runs.size());
    for (const CrashRun& run : table.runs) {
      steps.insert(run.next.substr(0, run.next.find(' ')));
    }
    for (const std::string step : {"EVICT", "ACTIVITY", "STOP", "DONE"}) {
      CHECK(steps.contains(step));
    }
    for (const std::string step : {"QUERY", "FREE_SIZE", "BIND_SINGLE", "INFO_SINGLE"}) {
      CHECK(steps.contains(step) == (mapping == SlabMapping::activity));
    }
  }
}

/// The option that three small servers cannot have, and why.
std::string refused(const SwapOptions& options) {
  try {
    const SwapBed bed(options, 3, small_servers());
    return "nothing";
  } catch (const Misfit& misfit) {
    return misfit.pointer() + "  " + misfit.what();
  }
}

TEST_CASE("Local memory that no server has is a mistake of the configuration") {
  SwapOptions options = short_of_memory(2, SlabMapping::at_once, kMemory);
  CHECK(refused(options) == "nothing");
  options.daemon->demand[1].server = 3;
  CHECK(refused(options) == "/daemon/demand/1/server  swap: memory servers are 1 to 2, not 3");
  options.daemon->demand[1] = {2, 1000_ms, 2_MiB};
  CHECK(refused(options) == "/daemon/demand/1/bytes  swap: 2MiB, but a server has 1MiB");
}

TEST_CASE("A slab that no server can lend is a mistake of the configuration") {
  SwapOptions options = short_of_memory(2, SlabMapping::at_once, kMemory);
  options.daemon->evict_below = kMemory;
  CHECK(refused(options) ==
        "/slab  swap: no server has room for a slab of 64KiB (protocol.slab): each has 1MiB, of "
        "which it keeps 1MiB free (protocol.daemon.evict_below)");
  options.daemon.reset();
  options.slab = 2_MiB;
  CHECK(refused(options) ==
        "/slab  swap: no server has room for a slab of 2MiB (protocol.slab): each has 1MiB");
}

}  // namespace
}  // namespace dsmsim::testing
