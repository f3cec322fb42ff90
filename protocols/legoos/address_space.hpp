#pragma once
// The virtual memory of the process, as its home and the owners of its parts keep it: two levels
// (section 4.4.3 of the paper; mm/dist_mmap.c of managers/memory).
//
// The address space is cut into vRegions of 1 GiB. Each in use has one owner, a memory server; the
// others are in the pool. Neighbours of one owner are one tree, which knows what is mapped in it.
// Only lengths and addresses are kept: memory is never unmapped here, the program's allocator
// keeps what it has got.

#include <optional>
#include <vector>

#include "protocols/paging/page.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::legoos {

using paging::PageNumber;
using paging::VirtualAddress;

inline constexpr Bytes kPage(4096);
inline constexpr Bytes kRegion(std::uint64_t{1} << 30);

class AddressSpace {
 public:
  explicit AddressSpace(std::size_t regions) : owners_(regions) {}

  /// Invalid: in the pool.
  NodeId owner_of(VirtualAddress address) const {
    return owners_[address.count() / kRegion.count()];
  }
  /// Of every vRegion.
  const std::vector<NodeId>& owners() const { return owners_; }

  /// A tree of that owner (invalid: of any) with room for so much, the one with the least room;
  /// called by its first address. Nothing: there is none.
  std::optional<VirtualAddress> fit(NodeId owner, Bytes length) const;
  /// New vRegions for at least so much. Gives the tree that they are in. Throws Error if there are
  /// none left.
  VirtualAddress extend(NodeId owner, Bytes length);
  /// Maps memory in a tree that has the room.
  VirtualAddress take(VirtualAddress tree, Bytes length);
  /// What is mapped in the vRegions of an owner.
  Bytes mapped(NodeId owner) const;
  /// All vRegions of one owner get another.
  void hand_over(NodeId from, NodeId to);

  /// Throws Error(ExitCode::incoherent) unless trees and pool are the whole space, without overlap.
  void check() const;
  void fingerprint(Fingerprint& into) const;

 private:
  struct Gap {
    VirtualAddress begin;
    VirtualAddress end;
    Bytes size() const { return end - begin; }
  };
  struct Tree {
    VirtualAddress begin;
    VirtualAddress end;
    NodeId owner;
    std::vector<Gap> gaps;
    Bytes most() const;
  };
  Tree& tree_at(VirtualAddress begin);

  std::vector<NodeId> owners_;
  std::vector<Tree> trees_;
  /// The offset in its vRegion at which the last memory ended. New trees begin there: vRegions that
  /// are used from their start would compete for the same sets of the ExCache (address_hint).
  Bytes hint_;
};

}  // namespace dsmsim::legoos
