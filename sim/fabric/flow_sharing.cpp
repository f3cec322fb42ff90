#include "sim/fabric/flow_sharing.hpp"

#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>
#include <string>
#include <utility>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/fabric/simgrid_engine.hpp"

namespace dsmsim {
namespace {

namespace s4u = simgrid::s4u;
namespace routing = simgrid::kernel::routing;
namespace resource = simgrid::kernel::resource;

// SimGrid ends the process when it gets no memory, so whatever calls it here does so without a
// limit (NoMemoryLimit): what a flow takes is little, and there are no more of them than large
// messages under way.

/// A SimGrid zone with one sender and one receiver whose route is whatever the next flow needs:
/// the topology has chosen the links already. The zone hangs under no other, because SimGrid seals
/// the tree of zones for good the first time it runs, and a process runs many simulations.
class FlowZone : public routing::NetZoneImpl {
 public:
  explicit FlowZone(const std::string& name) : NetZoneImpl(name) {}
  ~FlowZone() override = default;

  std::vector<resource::StandardLinkImpl*> next_route;

 private:
  void get_local_route(const routing::NetPoint*, const routing::NetPoint*, routing::Route* into,
                       double*) override {
    into->link_list_.insert(into->link_list_.end(), next_route.begin(), next_route.end());
  }
};

/// The zone that SimGrid wants as the root of everything. It exists to have made the models.
routing::NetZoneImpl& root_zone() {
  s4u::NetZone* root = simgrid_engine().get_netzone_root();
  return *(root != nullptr ? root : s4u::create_empty_zone("dsmsim"))->get_impl();
}

resource::Model& network_model() {
  for (resource::Model* model : simgrid_engine().get_all_models()) {
    if (model->get_name() == "Network_CM02") {
      return *model;
    }
  }
  throw Error(ExitCode::internal, "SimGrid has no network model called Network_CM02");
}

void copy_models(const routing::NetZoneImpl& from, routing::NetZoneImpl& to) {
  to.set_network_model(from.get_network_model());
  to.set_cpu_pm_model(from.get_cpu_pm_model());
  to.set_cpu_vm_model(from.get_cpu_vm_model());
  to.set_disk_model(from.get_disk_model());
  to.set_host_model(from.get_host_model());
}

}  // namespace

struct FlowSharing::Platform {
  struct Demand {
    s4u::CommPtr communication;
    resource::Action* action = nullptr;
  };

  routing::NetZoneImpl& root;
  resource::Model& model;
  std::unique_ptr<FlowZone> zone;
  s4u::Host* sender = nullptr;
  s4u::Host* receiver = nullptr;
  std::vector<s4u::Link*> links;  ///< by LinkId, made when first crossed
  std::vector<Demand> demands;
  std::vector<std::uint32_t> free_demands;
  std::vector<s4u::CommPtr> cancelled;  ///< SimGrid still refers to them until it has run

  explicit Platform(std::size_t link_count);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  s4u::Link* link(LinkId id, const Link& description, Rate capacity);
  std::uint32_t start();
  void cancel(std::uint32_t demand);
  void run();
};

FlowSharing::Platform::Platform(std::size_t link_count)
    : root(root_zone()), model(network_model()), links(link_count, nullptr) {
  // Names are unique among all zones of the process that are alive.
  const std::string name = "flows-" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  zone = std::make_unique<FlowZone>(name);
  copy_models(root, *zone);
  sender = zone->create_host(name + "-sender", {1e9})->seal();
  receiver = zone->create_host(name + "-receiver", {1e9})->seal();
}

FlowSharing::Platform::~Platform() {
  const NoMemoryLimit unlimited;
  for (std::uint32_t demand = 0; demand < demands.size(); ++demand) {
    if (demands[demand].action != nullptr) {
      cancel(demand);
    }
  }
  run();
}

s4u::Link* FlowSharing::Platform::link(LinkId id, const Link& description, Rate capacity) {
  s4u::Link*& link = links[id.index()];
  if (link == nullptr) {
    link = zone->create_link("link-" + std::to_string(id.value()), {capacity.bytes_per_second()});
    if (!description.shared) {
      link->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE);
    }
    link->seal();
  }
  return link;
}

std::uint32_t FlowSharing::Platform::start() {
  constexpr std::uint64_t endless = std::uint64_t{1} << 60;
  std::uint32_t demand = static_cast<std::uint32_t>(demands.size());
  if (free_demands.empty()) {
    demands.emplace_back();
  } else {
    demand = free_demands.back();
    free_demands.pop_back();
  }
  const s4u::CommPtr communication = s4u::Comm::sendto_init(sender, receiver);
  communication->set_payload_size(endless);
  communication->vetoable_start();
  demands[demand] = {communication, &model.get_started_action_set()->back()};
  if (demands[demand].action->get_activity() != communication->get_impl()) {
    throw Error(ExitCode::internal, "SimGrid did not start a communication when it was asked to");
  }
  return demand;
}

void FlowSharing::Platform::cancel(std::uint32_t demand) {
  // Suspended, it has no share in the run that lets go of it; cancelled alone, it still would.
  demands[demand].action->suspend();
  demands[demand].communication->cancel();
  cancelled.push_back(std::move(demands[demand].communication));
  demands[demand].action = nullptr;
  free_demands.push_back(demand);
}

void FlowSharing::Platform::run() {
  // Up to the date at which SimGrid's clock already stands: it shares, and lets go of what has been
  // cancelled.
  simgrid_engine().run_until(s4u::Engine::get_clock());
  cancelled.clear();
}

FlowSharing::FlowSharing(const Topology& topology, std::vector<Rate> capacities)
    : topology_(topology), capacities_(std::move(capacities)) {
  for (const Rate capacity : capacities_) {
    if (!(capacity.bps() > 0)) {
      throw Error(ExitCode::internal, "a link has no capacity for flows");
    }
  }
}

FlowSharing::~FlowSharing() = default;

std::uint32_t FlowSharing::add(std::span<const LinkId> route) {
  const NoMemoryLimit unlimited;
  if (platform_ == nullptr) {
    platform_ = std::make_unique<Platform>(capacities_.size());
  }
  std::vector<resource::StandardLinkImpl*>& next_route = platform_->zone->next_route;
  next_route.clear();
  for (const LinkId id : route) {
    next_route.push_back(
        platform_->link(id, topology_.link(id), capacities_[id.index()])->get_impl());
  }
  return platform_->start();
}

void FlowSharing::remove(std::uint32_t demand) {
  const NoMemoryLimit unlimited;
  platform_->cancel(demand);
}

void FlowSharing::solve() {
  const NoMemoryLimit unlimited;
  platform_->run();
}

double FlowSharing::bytes_per_second(std::uint32_t demand) const {
  return platform_->demands[demand].action->get_rate();
}

}  // namespace dsmsim
