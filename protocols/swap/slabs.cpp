#include "protocols/swap/slabs.hpp"

#include <algorithm>

#include "protocols/paging/situation_rows.hpp"
#include "sim/base/error.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim::swap {
namespace {

/// What a message meets.
enum class Met : std::uint8_t { free, none_free, idle, busy };

constexpr paging::SituationRow<ControlKind, Met> kSituations[] = {
    {ControlKind::query, Met::free, "slabs are free"},
    {ControlKind::query, Met::none_free, "none is free"},
    {ControlKind::bind_single, Met::free, "a slab is free"},
    {ControlKind::bind_single, Met::none_free, "none is left"},
    {ControlKind::stop, Met::idle, "no request to the slabs is under way"},
    {ControlKind::stop, Met::busy, "requests to the slabs are under way"},
};

}  // namespace

Slabs::Slabs(Cluster& cluster, const SwapOptions& options, const Mutant& mutant, SlabUser& user)
    : queue_(cluster.simulation().queue()),
      fabric_(cluster.fabric()),
      memory_(cluster.profile().memory),
      options_(options),
      mutant_(mutant),
      user_(user),
      map_(paging::memory_servers(cluster.servers()), memory_,
           {.slab = options.slab, .placement = options.placement, .choices = options.choices},
           cluster.simulation().random("swap.slabs")) {
  for (const NodeId server : paging::memory_servers(cluster.servers())) {
    stop_if_asked();
    daemons_.emplace_back(server, cluster.simulation().random("swap.daemon", server.value()));
    daemons_.back().regions = map_.room(server);
  }
  check_slab();
  if (has_daemons()) {
    check_demand();
    lend_at_first();
  }
  if (has_daemons() || maps_by_messages()) {
    types_.emplace(fabric_.ledger());
    for (std::uint32_t i = 0; i < cluster.servers(); ++i) {
      workers_.push_back(
          std::make_unique<WorkerPool>(fabric_, NodeId(i), 1, static_cast<MessageHandler&>(*this)));
    }
  }
}

void Slabs::check_slab() const {
  const Bytes kept = has_daemons() ? std::min(options_.daemon->evict_below, memory_) : Bytes();
  if (memory_ - kept < size()) {
    throw Misfit("/slab", "swap: no server has room for a slab of " + to_string(size()) +
                              " (protocol.slab): each has " + to_string(memory_) +
                              (kept > Bytes() ? ", of which it keeps " + to_string(kept) +
                                                    " free (protocol.daemon.evict_below)"
                                              : ""));
  }
}

void Slabs::check_demand() const {
  for (std::size_t i = 0; i < options_.daemon->demand.size(); ++i) {
    const LocalDemand& demand = options_.daemon->demand[i];
    const std::string where = "/daemon/demand/" + std::to_string(i);
    if (demand.server == 0 || demand.server > daemons_.size()) {
      throw Misfit(where + "/server", "swap: memory servers are 1 to " +
                                          std::to_string(daemons_.size()) + ", not " +
                                          std::to_string(demand.server));
    }
    if (demand.bytes > memory_) {
      throw Misfit(where + "/bytes",
                   "swap: " + to_string(demand.bytes) + ", but a server has " + to_string(memory_));
    }
  }
}

/// All that leaves enough free.
void Slabs::lend_at_first() {
  const DaemonOptions& rules = *options_.daemon;
  for (Daemon& daemon : daemons_) {
    const Bytes lent = memory_ > rules.evict_below ? memory_ - rules.evict_below : Bytes();
    daemon.regions = std::min<std::uint64_t>(lent.count() / size().count(), kMostRegions);
    map_.set_room(daemon.server(), daemon.regions);
    daemon.headroom.emplace(rules.evict_below, rules.grow_above, rules.grow_after,
                            memory_ - size() * daemon.regions);
  }
}

Slabs::Slab& Slabs::state(SlabNumber slab) {
  if (slab.index() >= slabs_.size()) {
    slabs_.resize(slab.index() + 1);
  }
  return slabs_[slab.index()];
}

NodeId Slabs::server(SlabNumber slab) const {
  const std::span<const NodeId> holders = map_.holders(slab);
  return holders.empty() || is_leaving(slab) ? NodeId() : holders.front();
}

NodeId Slabs::server_to_write(SlabNumber slab) {
  if (!maps_by_messages() && !map_.is_mapped(slab)) {
    if (map_.map(slab)) {
      ++draws_;
      daemon(map_.holders(slab).front()).lend(slab);
    }
  }
  return server(slab);
}

void Slabs::use(SlabNumber slab) {
  if (!types_) {
    return;
  }
  while (!options_.each_look && periods_ < queue_.now().since_start() / options_.period) {
    end_period();
  }
  state(slab).activity.count();
  if (options_.each_look) {
    end_period();
  }
}

void Slabs::end_period() {
  ++periods_;
  for (Slab& slab : slabs_) {
    slab.activity.end_period(options_.rules, options_.period);
  }
  if (maps_by_messages()) {
    map_hot_slabs();
  }
  for (Daemon& daemon : daemons_) {
    look_at_memory(daemon);
  }
}

void Slabs::end(SlabNumber slab) {
  Slab& state = this->state(slab);
  if (--state.under_way == 0 && state.leaving) {
    leave(slab);
  }
}

void Slabs::lose(NodeId server) {
  for (std::uint32_t i = 0; i < map_.numbers(); ++i) {
    const SlabNumber slab(i);
    const std::span<const NodeId> holders = map_.holders(slab);
    if (!holders.empty() && holders.front() == server) {
      ++counters_.losses.lost;
      state(slab).leaving = false;
      user_.left(slab);
    }
  }
  map_.lose(server);
  daemon(server).lose();
  lose_while_mapping(server);
}

// ---- messages

void Slabs::post(NodeId from, NodeId to, ControlKind kind, ControlMessage message) {
  fabric_.post({.from = from,
                .to = to,
                .verb = Verb::send,
                .type = (*types_)[kind],
                .payload = kControlSize,
                .after = fabric_.nic().post,
                .body = message});
}

Duration Slabs::service_time(const Delivery& message) {
  const bool registers =
      types_->kind(message.type) == ControlKind::bind_single && map_.room(message.to) > 0;
  return options_.costs.control + (registers ? options_.costs.registration : Duration());
}

/// Who has crashed does nothing more, and nobody hears what it has said.
Duration Slabs::handle(const Delivery& message) {
  const NodeId server = message.to == kOwner ? message.from : message.to;
  if (fabric_.has_crashed(message.to) || has_lost(server)) {
    return {};
  }
  const auto about = message.body.as<ControlMessage>();
  switch (types_->kind(message.type)) {
    case ControlKind::query:
      answer_query(server);
      break;
    case ControlKind::free_size:
      for (Mapping::Asked& asked : mapping_.asked) {
        if (asked.server == server) {
          asked.free = about.number;
        }
      }
      bind_if_answered();
      break;
    case ControlKind::bind_single:
      lend(server, about.slab);
      break;
    case ControlKind::info_single:
      end_mapping(server, about);
      break;
    case ControlKind::evict:
      tell_activity(daemon(server));
      break;
    case ControlKind::activity:
      daemon(server).choose();
      post(server, kOwner, ControlKind::stop);
      break;
    case ControlKind::stop:
      stop(daemon(server));
      break;
    case ControlKind::done:
      free_regions(daemon(server));
      break;
  }
  return {};
}

// ---- for checkers and reports

bool Slabs::at_rest() const {
  return !mapping_.slab.valid() && hot_.empty() &&
         std::all_of(slabs_.begin(), slabs_.end(),
                     [](const Slab& slab) { return slab.under_way == 0 && !slab.leaving; }) &&
         std::all_of(daemons_.begin(), daemons_.end(), [](const Daemon& daemon) {
           return daemon.eviction.stage == Eviction::Stage::none;
         });
}

void Slabs::check() const {
  const auto violated = [](std::uint32_t number, const char* of, const char* what) {
    throw Error(ExitCode::incoherent,
                std::string("swap: ") + of + " " + std::to_string(number) + " " + what);
  };
  for (const Daemon& daemon : daemons_) {
    if (daemon.lent.size() + map_.room(daemon.server()) != daemon.regions ||
        size() * daemon.regions > memory_) {
      violated(daemon.server().value(), "server", "lends more slabs than it has");
    }
  }
  for (std::uint32_t i = 0; i < slabs_.size(); ++i) {
    const SlabNumber slab(i);
    const auto lenders = std::count_if(daemons_.begin(), daemons_.end(),
                                       [slab](const Daemon& daemon) { return daemon.lends(slab); });
    const std::span<const NodeId> holders = map_.holders(slab);
    if (lenders > 1 || (!holders.empty() && !daemon(holders.front()).lends(slab))) {
      violated(i, "slab", "is at a server that does not lend it, or at two");
    }
    if (slabs_[i].under_way > 0 && holders.empty()) {
      violated(i, "slab", "is at no server, and requests to one are under way");
    }
  }
}

void Slabs::report(CounterReport& report) const {
  report.add(counters_.losses);
  if (!types_) {
    return;
  }
  const auto mean = [](Duration sum, std::uint64_t count) {
    return Microseconds{count == 0 ? 0.0 : sum.us() / static_cast<double>(count)};
  };
  SlabCounters all = counters_;
  all.mapping_time = mean(counters_.mapping, counters_.mapped);
  all.eviction_time = mean(counters_.evicting, counters_.evictions);
  report.add(all);
}

/// After the last demand every period is like the one before.
std::int64_t Slabs::period_that_matters() const {
  std::int64_t last = 0;
  if (has_daemons()) {
    for (const LocalDemand& demand : options_.daemon->demand) {
      last = std::max(last, demand.at / options_.period + 1);
    }
  }
  return std::min(periods_, last);
}

void Slabs::fingerprint(Fingerprint& into, const Mapping& mapping) {
  const auto& [slab, asked, chosen, since] = mapping;  // since measures
  into.add(slab, chosen);
  for (const auto& [server, free] : asked) {
    into.add(server.value());
    into.add(free.value_or(~std::uint64_t{0}));
  }
  into.add(asked.size());
}

/// How far the random numbers have come is how many draws there were.
void Slabs::fingerprint(Fingerprint& into) const {
  const auto& [queue, fabric, memory, options, mutant, user, map, slabs, daemons, types, workers,
               periods, mapping, hot, draws, counters] = *this;
  map.fingerprint(into);
  into.add(draws);
  for (const auto& [activity, under_way, leaving] : slabs) {
    activity.fingerprint(into);
    into.add(under_way, leaving);
  }
  for (const Daemon& daemon : daemons) {
    daemon.fingerprint(into);
  }
  for (const auto& worker : workers) {
    into.add(worker->backlog());
  }
  into.add(static_cast<std::uint64_t>(period_that_matters()));
  fingerprint(into, mapping);
  for (const SlabNumber slab : hot) {
    into.add(slab.value());
  }
  into.add(hot.size());
}

const std::vector<std::string>& Slabs::situations() {
  static const std::vector<std::string> names = paging::situation_names(kSituations);
  return names;
}

int Slabs::situation(const Post& message) const {
  const ControlKind kind = types_->kind(message.type);
  const NodeId server = message.to == kOwner ? message.from : message.to;
  Met met = map_.room(server) == 0 ? Met::none_free : Met::free;
  if (kind == ControlKind::stop) {
    const auto& leave = daemon(message.from).eviction.candidates;
    const bool busy = std::any_of(leave.begin(), leave.end(), [this](const auto& candidate) {
      return slabs_[candidate.slab.index()].under_way > 0;
    });
    met = busy ? Met::busy : Met::idle;
  }
  return paging::situation_of(kSituations, kind, met);
}

}  // namespace dsmsim::swap
