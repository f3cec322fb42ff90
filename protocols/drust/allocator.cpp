#include "protocols/drust/allocator.hpp"

#include <algorithm>
#include <bit>

#include "sim/base/config/fields.hpp"

namespace dsmsim {

void describe(config::Fields& f, DrustAllocatorOptions& o) {
  f.optional("alignment", o.alignment, "of every block; its size is a multiple of it",
             config::range(Bytes(1), Bytes(4096)));
  f.optional("header", o.header, "of every block, beside the bytes asked for",
             config::range(Bytes(0), Bytes(4096)));
  f.optional("bins", o.bins, "of free blocks, per doubling of the size", config::range(1, 64));
}

namespace drust {
namespace {

constexpr std::uint64_t kEndOfBlocks = ~std::uint64_t{0};  // in a fingerprint
constexpr std::size_t kWord = 64;                          // bins in a word of not_empty_

}  // namespace

Allocator::Allocator(const DrustAllocatorOptions& options, Bytes capacity)
    : alignment_(options.alignment.count()),
      header_(options.header.count()),
      bins_per_doubling_(options.bins),
      capacity_(capacity.count() / alignment_ * alignment_) {}

Bytes Allocator::footprint(Bytes size) const {
  const std::uint64_t units = (size.count() + header_ + alignment_ - 1) / alignment_;
  return Bytes(std::max<std::uint64_t>(units, 1) * alignment_);
}

/// Sizes of few units have a bin each; from then on every doubling is cut into equal parts.
std::size_t Allocator::bin_of(std::uint64_t size) const {
  const std::uint64_t units = size / alignment_;
  if (units < bins_per_doubling_) {
    return units;
  }
  const auto doubling = static_cast<std::uint64_t>(std::bit_width(units / bins_per_doubling_) - 1);
  const std::uint64_t first = bins_per_doubling_ << doubling;  // of the units of this doubling
  return bins_per_doubling_ * (doubling + 1) + ((units - first) >> doubling);
}

// ---- allocation

std::optional<Bytes> Allocator::allocate(Bytes size) {
  const std::uint64_t wanted = footprint(size).count();
  if (wanted > capacity_ - used_) {
    return std::nullopt;
  }
  const auto block = take(wanted);
  if (!block) {
    note_failure();
    return std::nullopt;
  }
  if (block->size > wanted) {
    insert({block->offset + wanted, block->size - wanted});
  }
  used_ += wanted;
  asked_for_ += size.count();
  if (Bytes(used_) > fragmentation_.used) {
    fragmentation_.used = Bytes(used_);
    fragmentation_.asked_for = Bytes(asked_for_);
  }
  return Bytes(block->offset);
}

std::optional<Allocator::Block> Allocator::take(std::uint64_t size) {
  auto block = take_recent(size);
  block = block ? block : take_coalesced(size);
  block = block ? block : take_fresh(size);
  if (!block && recent_count_ > 0) {
    coalesce_recent();
    block = take_coalesced(size);
    block = block ? block : take_fresh(size);
  }
  return block ? block : search_bin(size);
}

/// The newest of its bin, if that has exactly this size: what is split belongs to the others.
std::optional<Allocator::Block> Allocator::take_recent(std::uint64_t size) {
  const std::size_t own = bin_of(size);
  if (own >= recent_.size() || recent_[own].empty() || recent_[own].back().size != size) {
    return std::nullopt;
  }
  std::vector<Block>& bin = recent_[own];
  const Block block = bin.back();
  bin.pop_back();
  --recent_count_;
  return block;
}

/// The newest of its bin, if that is large enough, or of the next bin that has any.
std::optional<Allocator::Block> Allocator::take_coalesced(std::uint64_t size) {
  const std::size_t own = bin_of(size);
  if (own >= coalesced_.size()) {
    return std::nullopt;
  }
  if (coalesced_[own] != kNone && nodes_[coalesced_[own]].block.size >= size) {
    return remove(coalesced_[own]);
  }
  const std::size_t larger = next_bin(own + 1);
  return larger < coalesced_.size() ? std::optional(remove(coalesced_[larger])) : std::nullopt;
}

std::optional<Allocator::Block> Allocator::take_fresh(std::uint64_t size) {
  if (size > capacity_ - fresh_) {
    return std::nullopt;
  }
  fresh_ += size;
  return Block{fresh_ - size, size};
}

std::optional<Allocator::Block> Allocator::search_bin(std::uint64_t size) {
  const std::size_t own = bin_of(size);
  if (own >= coalesced_.size()) {
    return std::nullopt;
  }
  for (Number i = coalesced_[own]; i != kNone; i = nodes_[i].after) {
    if (nodes_[i].block.size >= size) {
      return remove(i);
    }
  }
  return std::nullopt;
}

/// The first bin from there on that has coalesced blocks, or one past the last.
std::size_t Allocator::next_bin(std::size_t from) const {
  for (std::size_t word = from / kWord; word < not_empty_.size(); ++word) {
    const std::uint64_t below = word == from / kWord ? from % kWord : 0;
    const std::uint64_t bins = not_empty_[word] >> below << below;
    if (bins != 0) {
      return word * kWord + static_cast<std::size_t>(std::countr_zero(bins));
    }
  }
  return coalesced_.size();
}

// ---- release

void Allocator::release(Bytes offset, Bytes size) {
  const Block block{offset.count(), footprint(size).count()};
  used_ -= block.size;
  asked_for_ -= size.count();
  const std::size_t bin = bin_of(block.size);
  recent_.resize(std::max(recent_.size(), bin + 1));
  recent_[bin].push_back(block);
  ++recent_count_;
}

void Allocator::coalesce_recent() {
  for (std::vector<Block>& bin : recent_) {
    for (const Block& block : bin) {
      coalesce(block);
    }
    bin.clear();
  }
  recent_count_ = 0;
}

/// Joins the block with the coalesced ones that end where it begins, and begin where it ends. No
/// two of those touch, so an offset is an end of one of them at most.
void Allocator::coalesce(Block block) {
  if (const auto before = ends_.find(block.offset); before != ends_.end()) {
    const Block joined = remove(before->second);
    block = {joined.offset, joined.size + block.size};
  }
  if (const auto after = ends_.find(block.offset + block.size); after != ends_.end()) {
    block.size += remove(after->second).size;
  }
  if (block.offset + block.size == fresh_) {
    fresh_ = block.offset;
  } else {
    insert(block);
  }
}

void Allocator::insert(const Block& block) {
  if (free_nodes_.empty()) {
    free_nodes_.push_back(static_cast<Number>(nodes_.size()));
    nodes_.emplace_back();
  }
  const Number number = free_nodes_.back();
  free_nodes_.pop_back();
  const std::size_t bin = bin_of(block.size);
  if (bin >= coalesced_.size()) {
    coalesced_.resize(bin + 1, kNone);
    not_empty_.resize(bin / kWord + 1);
  }
  nodes_[number] = {block, kNone, coalesced_[bin]};
  if (coalesced_[bin] != kNone) {
    nodes_[coalesced_[bin]].before = number;
  }
  coalesced_[bin] = number;
  not_empty_[bin / kWord] |= std::uint64_t{1} << bin % kWord;
  ends_[block.offset] = number;
  ends_[block.offset + block.size] = number;
}

Allocator::Block Allocator::remove(Number number) {
  const Node node = nodes_[number];
  const std::size_t bin = bin_of(node.block.size);
  (node.before == kNone ? coalesced_[bin] : nodes_[node.before].after) = node.after;
  if (node.after != kNone) {
    nodes_[node.after].before = node.before;
  }
  if (coalesced_[bin] == kNone) {
    not_empty_[bin / kWord] &= ~(std::uint64_t{1} << bin % kWord);
  }
  ends_.erase(node.block.offset);
  ends_.erase(node.block.offset + node.block.size);
  free_nodes_.push_back(number);
  return node.block;
}

// ---- how well it works

double Allocator::Fragmentation::internal() const {
  return used == Bytes(0)
             ? 0.0
             : 1.0 - static_cast<double>(asked_for.count()) / static_cast<double>(used.count());
}

void Allocator::reset_fragmentation() { fragmentation_ = {Bytes(used_), Bytes(asked_for_)}; }

/// Nothing is left to be coalesced.
void Allocator::note_failure() {
  Bytes largest;
  for_each_free([&](Bytes, Bytes size) { largest = std::max(largest, size); });
  const double whole =
      static_cast<double>(largest.count()) / static_cast<double>(capacity_ - used_);
  ++fragmentation_.failed;
  fragmentation_.external = std::max(fragmentation_.external, 1.0 - whole);
}

void Allocator::fingerprint(Fingerprint& into, std::uint64_t base, bool exact) const {
  const auto& [alignment, header, bins_per_doubling, capacity, used, asked_for, fresh, recent,
               recent_count, coalesced, not_empty, nodes, free_nodes, ends, fragmentation] = *this;
  // the first four are options; asked_for and fragmentation measure; the rest follows from blocks
  const auto add = [&](const Block& block) {
    const auto& [offset, size] = block;
    if (exact) {
      into.add(offset);
      into.add(size);
    } else {
      into.rename(base + offset);
    }
  };
  into.add(fresh);
  for (const std::vector<Block>& bin : recent) {
    std::for_each(bin.begin(), bin.end(), add);
  }
  into.add(kEndOfBlocks);
  for (Number number : coalesced) {
    while (number != kNone) {
      const auto& [block, before, after] = nodes[number];  // before: the way back
      add(block);
      number = after;
    }
  }
  into.add(kEndOfBlocks);
}

}  // namespace drust
}  // namespace dsmsim
