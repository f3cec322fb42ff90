#pragma once
// Which servers hold the slabs of a remote memory: large pieces of equal size, of which each server
// lends a number, and each of which is kept by one or more of them.
//
// Kona's rack controller hands out slabs to compute nodes (Calciu et al., ASPLOS 2021, section on
// the control plane); Infiniswap maps slabs of its swap device to machines with the power of two
// choices (Gu et al., NSDI 2017, section 4.3). The map is all that there is here: what a slab's
// placement costs and which messages it takes is the engine's business. Slabs are numbered by who
// asks, from 0; the copies of one are always on different servers.

#include <span>
#include <vector>

#include "sim/base/config/fields.hpp"
#include "sim/base/ids.hpp"
#include "sim/base/random.hpp"
#include "sim/base/units.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::paging {

using SlabNumber = Id<struct SlabTag, std::uint32_t>;

enum class SlabPlacement : std::uint8_t { round_robin, most_free, power_of_choices };
constexpr auto config_values(SlabPlacement) {
  using enum SlabPlacement;
  return std::to_array<config::Value<SlabPlacement>>({
      {round_robin, "round_robin", "the next server that has room"},
      {most_free, "most_free", "the one with the most room, the first of equals"},
      {power_of_choices, "power_of_choices",
       "of some drawn at random (choices), the one with the most room"},
  });
}

struct SlabMapOptions {
  Bytes slab = Bytes(std::uint64_t{1} << 30);
  std::uint32_t replicas = 1;
  SlabPlacement placement = SlabPlacement::round_robin;
  std::uint32_t choices = 2;  ///< power_of_choices only
};

/// All servers but the first, which computes.
std::vector<NodeId> memory_servers(std::size_t servers);

class RemoteSlabs {
 public:
  /// Each of `lenders` has room for as many slabs as go into `memory`.
  RemoteSlabs(std::span<const NodeId> lenders, Bytes memory, const SlabMapOptions& options,
              RandomStream random);

  Bytes slab() const { return options_.slab; }
  std::uint32_t replicas() const { return options_.replicas; }
  SlabNumber slab_of(Bytes address) const {
    return SlabNumber(static_cast<std::uint32_t>(address.count() / options_.slab.count()));
  }
  /// Finds servers for it. False, and nothing has changed, if too few of them have room.
  bool map(SlabNumber slab);
  void unmap(SlabNumber slab);

  // For who finds servers by messages, and learns late of what has become of room there.
  /// Different servers that are not lost, at random: so many, or all.
  std::vector<NodeId> draw(std::uint32_t count);
  /// The server has it; its room is not touched.
  void hold(SlabNumber slab, NodeId server);
  /// Nobody has it any more; room is not touched.
  void drop(SlabNumber slab);
  void set_room(NodeId server, std::uint64_t slabs);

  bool is_mapped(SlabNumber slab) const { return !holders(slab).empty(); }
  /// The servers that have it, the first choice first; none: it is not mapped, or lost.
  std::span<const NodeId> holders(SlabNumber slab) const {
    return slab.index() < slabs_.size() ? std::span<const NodeId>(slabs_[slab.index()])
                                        : std::span<const NodeId>();
  }
  /// The server is gone with all that it has: it holds nothing any more, and gets nothing.
  void lose(NodeId server);
  bool has_lost(NodeId server) const;

  /// Slabs for which a server has room.
  std::uint64_t room(NodeId server) const;
  /// So many slabs, with all of their copies, can be mapped at all.
  std::uint64_t capacity() const;
  /// Numbers below this one have been mapped.
  std::size_t numbers() const { return slabs_.size(); }
  /// Without how far its random numbers have come, which the caller knows.
  void fingerprint(Fingerprint& into) const;

 private:
  struct Lender {
    NodeId server;
    std::uint64_t room;
    bool lost = false;
  };
  /// The lender for the next copy, or null.
  Lender* choose(const std::vector<NodeId>& holders);
  Lender* choose_in_turn(const std::vector<NodeId>& holders);
  Lender* choose_most_free(const std::vector<NodeId>& holders);
  Lender* choose_at_random(const std::vector<NodeId>& holders);
  static bool may_take(const Lender& lender, const std::vector<NodeId>& holders);
  const Lender& lender(NodeId server) const;
  std::vector<NodeId>& holders_of(SlabNumber slab);

  SlabMapOptions options_;
  std::vector<Lender> lenders_;
  std::vector<std::vector<NodeId>> slabs_;
  std::size_t turn_ = 0;
  RandomStream random_;
};

}  // namespace dsmsim::paging
