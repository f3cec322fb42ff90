#include "tests/fabric/rig.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "sim/fabric/topology_config.hpp"

namespace dsmsim::testing {
namespace {

const std::string kConfigs = std::string(DSMSIM_SOURCE_DIR) + "/configs";

struct Network {
  config::Tagged topology;
};
void describe(config::Fields& fields, Network& network) {
  fields.tagged("topology", network.topology, topology_kinds(), "the network");
}

}  // namespace

NicProfile nic(const std::string& name, const std::vector<std::string>& changes) {
  auto document = config::load(kConfigs + "/nics/" + name + ".json", changes, {});
  return config::read<NicProfile>(document);
}

std::vector<std::string> nic_names() {
  return {"cx3-ib40", "cx5-ib100", "cx5-roce100", "cx6-ib200", "cx7-ib400"};
}

Topology single_switch(const std::string& nic_name, std::size_t servers) {
  auto document =
      config::parse("{\"topology\": \"single-" + nic_name + "\"}", "test.json", {}, {kConfigs});
  return make_topology(config::read<Network>(document).topology, servers);
}

FabricRig::FabricRig(const NicProfile& nic, Topology topology, FabricOptions options)
    : topology_(std::move(topology)), fabric_(simulation_, topology_, nic, options) {
  for (std::size_t i = 0; i < kVerbs; ++i) {
    const auto verb = static_cast<Verb>(i);
    types_.push_back(
        fabric_.ledger().declare(std::string(to_string(verb)), verb, Purpose::control));
  }
  for (std::uint32_t server = 0; server < topology_.servers(); ++server) {
    fabric_.set_receiver(NodeId(server), this);
  }
}

Duration FabricRig::net_latency(std::uint32_t from, std::uint32_t to) const {
  return topology_.latency(topology_.route(NodeId(from), NodeId(to), 0));
}

Request& FabricRig::request(Duration at, Verb verb, Bytes payload, std::uint32_t from,
                            std::uint32_t to, std::uint32_t lane) {
  return request(at, {.from = NodeId(from),
                      .to = NodeId(to),
                      .verb = verb,
                      .type = type(verb),
                      .payload = payload,
                      .lane = lane});
}

Request& FabricRig::request(Duration at, Post post) {
  requests_.emplace_back();
  simulation_.spawn(perform(at, post, requests_.back()));
  return requests_.back();
}

void FabricRig::closed_loop(Verb verb, Bytes payload, std::uint64_t count, std::uint32_t from,
                            std::uint32_t to, std::uint32_t lane) {
  simulation_.spawn(loop({.from = NodeId(from),
                          .to = NodeId(to),
                          .verb = verb,
                          .type = type(verb),
                          .payload = payload,
                          .lane = lane},
                         count));
}

Task<> FabricRig::perform(Duration at, Post post, Request& request) {
  co_await simulation_.delay(at - simulation_.now().since_start());
  request.posted = simulation_.now();
  request.tally.start(simulation_.now());
  post.tally = &request.tally;
  struct Noted {
    Request& request;
    EventQueue& queue;
    std::uint64_t operator()() const {
      request.effect = queue.now();
      return 0;
    }
  };
  if (is_two_sided(post.verb)) {
    post.body = &request;
  } else if (!post.effect) {
    post.effect = Noted{request, simulation_.queue()};
  }
  request.result = co_await fabric_.perform(post);
  request.completed = simulation_.now();
}

Task<> FabricRig::loop(Post post, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    co_await fabric_.perform(post);
  }
}

void FabricRig::deliver(const Delivery& delivery) {
  deliveries.push_back(delivery);
  if (auto* const request = delivery.body.as<Request*>(); request != nullptr) {
    request->delivered = simulation_.now();
  }
  if (repost_) {
    fabric_.repost_receive(delivery.to);
  }
}

}  // namespace dsmsim::testing
