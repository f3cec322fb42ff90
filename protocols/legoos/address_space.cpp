#include "protocols/legoos/address_space.hpp"

#include <algorithm>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim::legoos {

Bytes AddressSpace::Tree::most() const {
  Bytes most;
  for (const Gap& gap : gaps) {
    most = std::max(most, gap.size());
  }
  return most;
}

AddressSpace::Tree& AddressSpace::tree_at(VirtualAddress begin) {
  return *std::find_if(trees_.begin(), trees_.end(),
                       [begin](const Tree& tree) { return tree.begin == begin; });
}

std::optional<VirtualAddress> AddressSpace::fit(NodeId owner, Bytes length) const {
  const Tree* best = nullptr;
  for (const Tree& tree : trees_) {
    const bool fits = (!owner.valid() || tree.owner == owner) && tree.most() >= length;
    if (fits && (best == nullptr || tree.most() < best->most())) {
      best = &tree;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(best->begin);
}

VirtualAddress AddressSpace::extend(NodeId owner, Bytes length) {
  const std::size_t count = (length.count() + kRegion.count() - 1) / kRegion.count();
  std::size_t first = 0;
  for (std::size_t i = 0; i < owners_.size() && i - first < count; ++i) {
    first = owners_[i].valid() ? i + 1 : first;
  }
  if (first + count > owners_.size()) {
    throw Error("legoos: the address space of " + std::to_string(owners_.size()) +
                " GiB has no room left for " + to_string(length));
  }
  std::fill_n(owners_.begin() + static_cast<std::ptrdiff_t>(first), count, owner);
  const VirtualAddress begin = kRegion * first;
  const VirtualAddress end = begin + kRegion * count;
  for (Tree& tree : trees_) {
    if (tree.end == begin && tree.owner == owner) {
      tree.end = end;
      if (!tree.gaps.empty() && tree.gaps.back().end == begin) {
        tree.gaps.back().end = end;
      } else {
        tree.gaps.push_back({begin, end});
      }
      return tree.begin;
    }
  }
  trees_.push_back({begin, end, owner, {}});
  if (hint_ + length <= end - begin && hint_ > Bytes(0)) {
    trees_.back().gaps = {{begin + hint_, end}, {begin, begin + hint_}};
  } else {
    trees_.back().gaps = {{begin, end}};
  }
  return begin;
}

VirtualAddress AddressSpace::take(VirtualAddress tree, Bytes length) {
  std::vector<Gap>& gaps = tree_at(tree).gaps;
  const auto gap =
      std::find_if(gaps.begin(), gaps.end(), [length](const Gap& g) { return g.size() >= length; });
  const VirtualAddress address = gap->begin;
  gap->begin += length;
  if (gap->begin == gap->end) {
    gaps.erase(gap);
  }
  hint_ = Bytes((address + length).count() % kRegion.count());
  return address;
}

Bytes AddressSpace::mapped(NodeId owner) const {
  Bytes mapped;
  for (const Tree& tree : trees_) {
    mapped += tree.owner == owner ? tree.end - tree.begin : Bytes();
    for (const Gap& gap : tree.gaps) {
      mapped -= tree.owner == owner ? gap.size() : Bytes();
    }
  }
  return mapped;
}

void AddressSpace::hand_over(NodeId from, NodeId to) {
  std::replace(owners_.begin(), owners_.end(), from, to);
  for (Tree& tree : trees_) {
    tree.owner = tree.owner == from ? to : tree.owner;
  }
}

void AddressSpace::check() const {
  std::vector<NodeId> covered(owners_.size());
  for (const Tree& tree : trees_) {
    for (VirtualAddress at = tree.begin; at < tree.end; at += kRegion) {
      NodeId& owner = covered[at.count() / kRegion.count()];
      if (owner.valid()) {
        throw Error(ExitCode::incoherent, "legoos: a vRegion is in two trees");
      }
      owner = tree.owner;
    }
  }
  if (covered != owners_) {
    throw Error(ExitCode::incoherent, "legoos: owners of vRegions and their trees disagree");
  }
}

/// Who owns what is in the trees.
void AddressSpace::fingerprint(Fingerprint& into) const {
  const auto& [owners, trees, hint] = *this;
  for (const Tree& tree : trees) {
    const auto& [begin, end, owner, gaps] = tree;
    into.add(begin, end, owner);
    for (const auto& [gap_begin, gap_end] : gaps) {
      into.add(gap_begin, gap_end);
    }
    into.add(gaps.size());
  }
  into.add(hint.count());
}

}  // namespace dsmsim::legoos
