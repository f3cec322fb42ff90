#include "protocols/kona/slabs.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim::kona {
namespace {

/// A slab is no larger than what a memory node has.
paging::SlabMapOptions fitting(paging::SlabMapOptions slabs, Bytes memory) {
  slabs.slab = std::min(slabs.slab, Bytes(std::bit_floor(memory.count())));
  return slabs;
}

NodeId controller_of(const KonaOptions& o, std::size_t servers) {
  const auto last = static_cast<std::uint32_t>(servers - 1);
  if (o.controller.value_or(last) > last) {
    throw Misfit("/controller", "kona: the rack controller is to be server " +
                                    std::to_string(*o.controller) + ", but there are only " +
                                    std::to_string(servers) + " servers");
  }
  return NodeId(o.controller.value_or(last));
}

}  // namespace

Slabs::Slabs(System& system, Cluster& cluster)
    : system_(system),
      controller_(controller_of(system.options, cluster.servers())),
      classes_(paging::heap_classes(Bytes(4096), Bytes(4096))),
      table_(paging::memory_servers(cluster.servers()), cluster.profile().memory,
             fitting(system.options.slabs, cluster.profile().memory),
             cluster.simulation().random("kona slabs")),
      heap_(classes_, Bytes(), table_.slab() * table_.capacity()) {}

std::uint64_t Slabs::in_use() const {
  const std::uint64_t slab = table_.slab().count();
  return (heap_.end().count() + slab - 1) / slab;
}

// ---- KLib

void Slabs::ask() {
  if (!are_granted()) {
    request(in_use() - granted_);
  } else if (granted_ - in_use() < system_.options.slabs_ahead) {
    request(0);
  }
}

/// At least so many, and at most what there is; one request at a time.
void Slabs::request(std::uint64_t count) {
  const std::uint64_t left = table_.capacity() - granted_;
  const std::uint64_t wanted =
      std::min(left, std::max<std::uint64_t>(count, system_.options.slab_batch));
  if (requested_ > 0 || wanted == 0) {
    return;
  }
  requested_ = wanted;
  system_.fabric.post({.from = kCompute,
                       .to = controller_,
                       .verb = Verb::send,
                       .type = system_.types[MessageKind::slab_request],
                       .payload = kRequestSize,
                       .after = system_.fabric.nic().post,
                       .body = Message{.number = wanted}});
}

void Slabs::on_grant(std::uint64_t count) {
  requested_ -= count;
  granted_ += count;
  grants_.wake(system_.queue);
}

// ---- the rack controller

Duration Slabs::on_request(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!table_.map(paging::SlabNumber(static_cast<std::uint32_t>(granted_ + i)))) {
      throw OutOfMemory("kona: no " + std::to_string(system_.options.slabs.replicas) +
                        " memory nodes are left that have room for another slab of " +
                        to_string(table_.slab()));
    }
  }
  system_.fabric.post({.from = controller_,
                       .to = kCompute,
                       .verb = Verb::send,
                       .type = system_.types[MessageKind::slab_grant],
                       .payload = grant_size(count, system_.options.slabs.replicas),
                       .after = system_.fabric.nic().post,
                       .body = Message{.number = count}});
  return system_.fabric.nic().post;
}

bool Slabs::are_mapped() const {
  for (std::uint32_t i = 0; i < table_.numbers(); ++i) {
    if (!table_.is_mapped(paging::SlabNumber(i))) {
      return false;
    }
  }
  return true;
}

}  // namespace dsmsim::kona
