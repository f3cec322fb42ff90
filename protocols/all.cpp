#include "protocols/all.hpp"

#include <span>
#include <string_view>
#include <utility>

#include "protocols/drust/engine.hpp"
#include "protocols/gam/engine.hpp"
#include "protocols/grappa/engine.hpp"
#include "protocols/ivy/engine.hpp"
#include "protocols/kona/engine.hpp"
#include "protocols/kona/shared.hpp"
#include "protocols/legoos/engine.hpp"
#include "protocols/legoos/shared.hpp"
#include "protocols/local/engine.hpp"
#include "protocols/swap/engine.hpp"

namespace dsmsim {
namespace {

struct Setting {
  std::string_view protocol;
  std::string_view setting;
};

constexpr Setting kDetours[] = {
    {"drust", "replication.backups=1"},
    {"drust", "mutex_value=borrow"},
    {"kona", "replicas=2"},
    {"kona",  // a core writes back what it has written with its next access
     R"(cpu_caches={"l1": {"size": "64B", "ways": 1, "latency": "0ns"},)"
     R"( "l2": {"size": "64B", "ways": 1, "latency": "0ns"},)"
     R"( "l3": {"size": "64B", "ways": 1, "latency": "0ns"}})"},
    {"legoos", "replication=paper"},
};

constexpr Setting kRepairs[] = {
    {"gam", "read_dying_lines=false"},   {"gam", "early_write_bytes=false"},
    {"gam", "ack_locked_upgrade=false"}, {"gam", "restore_lost_copies=false"},
    {"gam", "confuse_copies=false"},     {"drust", "owner_copy=clear"},
    {"drust", "reuse=quarantine"},       {"legoos", "forget_late_evictions=false"},
};

std::vector<std::string> settings_of(std::span<const Setting> all, std::string_view protocol) {
  std::vector<std::string> settings;
  for (const Setting& one : all) {
    if (one.protocol == protocol) {
      settings.emplace_back(one.setting);
    }
  }
  return settings;
}

template <class E, class Options>
ProtocolRow row(std::string name, std::string help, std::string citation, bool single_server,
                std::vector<std::string> scarce, std::vector<std::string> strains) {
  std::vector<std::string> detours = settings_of(kDetours, name);
  std::vector<std::string> repairs = settings_of(kRepairs, name);
  return {config::variant<Options>(std::move(name), std::move(help)),
          std::move(citation),
          single_server,
          [](EngineContext context, const std::any& options) -> std::unique_ptr<Engine> {
            return std::make_unique<E>(context, std::any_cast<const Options&>(options));
          },
          [](const std::any& options) -> std::any {
            return timeless(std::any_cast<const Options&>(options));
          },
          std::move(scarce),
          std::move(strains),
          std::move(detours),
          std::move(repairs)};
}

/// An engine with an option `sharing`, which makes it another one.
template <class Shared, class Options>
ProtocolRow sharing_row(ProtocolRow row, ProtocolPreset preset) {
  row.make = [alone = row.make](EngineContext context,
                                const std::any& options) -> std::unique_ptr<Engine> {
    const auto& chosen = std::any_cast<const Options&>(options);
    return chosen.sharing.on() ? std::make_unique<Shared>(context, chosen)
                               : alone(context, options);
  };
  row.memory_servers_each = [](const std::any& options) -> std::size_t {
    return std::any_cast<const Options&>(options).sharing.on() ? 1 : 0;
  };
  row.presets = {std::move(preset)};
  return row;
}

}  // namespace

std::vector<ProtocolRow> all_protocols() {
  return {
      row<DrustEngine, DrustOptions>(
          "drust", "ownership: objects move to who writes them", "Ma et al., DRust, OSDI 2024",
          false, {"memory=16KiB", "colour_bits=2", "pressure=0.1"},
          {"replication.backups=1", "replication.backups=2", "replication.write_back=every_borrow",
           "pressure=0", "controller.period=100us"}),
      row<GamEngine, GamOptions>("gam", "directory protocol with a cache on every server",
                                 "Cai et al., GAM, PVLDB 11(11), 2018", false,
                                 {"cache=512B", "lru_lists=1"},
                                 {"cache=4KiB", "lru_lists=1", "eviction_period=10us"}),
      row<GrappaEngine, GrappaOptions>(
          "grappa", "delegation: every access runs at the core that the data belongs to",
          "Nelson et al., Grappa, USENIX ATC 2015", false, {"memory=64KiB", "packet=640B"},
          {"packet=4KiB", "workers=16", "writes=asynchronous"}),
      row<IvyEngine, IvyOptions>("ivy", "shared virtual memory: a page directory, fixed managers",
                                 "Li and Hudak, ACM TOCS 7(4), 1989", false,
                                 {"page=512B", "cache=512B", "ways=1"},
                                 {"page=512B", "cache=8KiB"}),
      sharing_row<KonaShared, KonaOptions>(
          row<KonaEngine, KonaOptions>(
              "kona",
              "far memory by cache lines: an FPGA fetches blocks and sees which lines are dirty",
              "Calciu et al., Kona, ASPLOS 2021", false,
              {"block=512B", "cache=1KiB", "ways=2", "log=1KiB", "batch=1KiB"},
              {"cache=32KiB", "replicas=2", "slab=64KiB"}),
          {"kona-shared",
           "kona on several servers, with a page directory (an extension)",
           "Calciu et al., Kona, ASPLOS 2021; Li and Hudak, ACM TOCS 7(4), 1989",
           {"block=512B", "cache=512B", "ways=1"}}),
      sharing_row<LegoosShared, LegoosOptions>(
          row<LegoosEngine, LegoosOptions>(
              "legoos", "one server computes, the others are its memory",
              "Shan et al., LegoOS, OSDI 2018", false, {"cache=8KiB", "ways=2"},
              {"cache=64KiB", "replication=paper", "eviction=victim"}),
          {"legoos-shared",
           "legoos on several servers, with a page directory (an extension)",
           "Shan et al., LegoOS, OSDI 2018; Li and Hudak, ACM TOCS 7(4), 1989",
           {"cache=4KiB", "ways=1"}}),
      row<LocalEngine, LocalOptions>("local", "the original program: plain memory, no DSM",
                                     "the baseline of Ma et al., OSDI 2024, section 7", true, {},
                                     {}),
      row<SwapEngine, SwapOptions>(
          "swap", "the kernel swaps pages to a disk, or to other servers",
          "Gu et al., Infiniswap, NSDI 2017", false,
          {"device=infiniswap", "cache=8KiB", "batch=1", "min_free=0", "readahead=2"},
          {"device=fastswap", "device=infiniswap", "cache=64KiB", "slab=64KiB"}),
  };
}

}  // namespace dsmsim
