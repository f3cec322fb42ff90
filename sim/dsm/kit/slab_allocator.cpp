#include "sim/dsm/kit/slab_allocator.hpp"

#include <algorithm>
#include <bit>

#include "sim/base/config/fields.hpp"
#include "sim/base/error.hpp"
#include "sim/base/expects.hpp"

namespace dsmsim {
namespace {

constexpr std::uint64_t kEndOfList = ~std::uint64_t{0};  // in a fingerprint

std::uint64_t round_up(std::uint64_t n, std::uint64_t unit) { return (n + unit - 1) / unit * unit; }

/// Classes are made one by one.
constexpr Bytes kLargestPage(std::uint64_t{1} << 30);
constexpr std::uint64_t kMostMultiples = std::uint64_t{1} << 20;

/// An option that contradicts the others.
struct Contradiction {
  std::string key;
  std::string message;
};

std::optional<Contradiction> contradiction(const SlabOptions& o) {
  const std::uint64_t alignment = o.alignment.count();
  if (!std::has_single_bit(alignment)) {
    return Contradiction{"alignment",
                         "slab alignment " + to_string(o.alignment) + " is not a power of two"};
  }
  if (o.first_class.count() == 0 || o.first_class > o.page) {
    return Contradiction{"first_class", "first slab class " + to_string(o.first_class) +
                                            " does not lie between 1 B and the page of " +
                                            to_string(o.page)};
  }
  if (o.growth < 1.01) {
    return Contradiction{"growth",
                         "slab growth factor " + std::to_string(o.growth) + " is less than 1.01"};
  }
  if (o.page > kLargestPage) {
    return Contradiction{
        "page", "slab page " + to_string(o.page) + " is larger than " + to_string(kLargestPage)};
  }
  if (o.page.count() % alignment != 0 || o.block.count() % alignment != 0) {
    return Contradiction{"alignment",
                         "slab page " + to_string(o.page) + " and block " + to_string(o.block) +
                             " must be multiples of the alignment " + to_string(o.alignment)};
  }
  if (o.block > Bytes(0) && o.page.count() / o.block.count() > kMostMultiples) {
    return Contradiction{"page", "slab page " + to_string(o.page) + " has more than " +
                                     std::to_string(kMostMultiples) + " blocks of " +
                                     to_string(o.block)};
  }
  return std::nullopt;
}

}  // namespace

void describe(config::Fields& f, SlabOptions& o) {
  f.optional("first_class", o.first_class, "smallest chunk", config::positive());
  f.optional("growth", o.growth, "of one class over the one before", config::at_least(1.01));
  f.optional("page", o.page, "what a class takes from the partition at a time", config::positive());
  f.optional("alignment", o.alignment, "of every chunk; a power of two", config::positive());
  f.optional("block", o.block, "each multiple of it is a class too; zero: none");
  const std::optional<Contradiction> wrong = contradiction(o);
  f.check(!wrong, wrong ? wrong->key : "", wrong ? wrong->message : "");
}

SlabClasses::SlabClasses(const SlabOptions& options) : options_(options) {
  if (const std::optional<Contradiction> wrong = contradiction(options)) {
    throw Misfit("/slab/" + wrong->key, wrong->message);
  }
  const std::uint64_t page = options.page.count();
  const std::uint64_t alignment = options.alignment.count();
  std::uint64_t size = round_up(options.first_class.count(), alignment);
  while (size < page) {
    sizes_.push_back(size);
    const auto grown = static_cast<std::uint64_t>(static_cast<double>(size) * options.growth);
    size = std::max(round_up(grown, alignment), size + alignment);
  }
  const auto geometric = static_cast<std::ptrdiff_t>(sizes_.size());
  if (options.block.count() != 0) {
    for (std::uint64_t multiple = options.block.count(); multiple < page;
         multiple += options.block.count()) {
      sizes_.push_back(multiple);
    }
  }
  sizes_.push_back(page);
  std::inplace_merge(sizes_.begin(), sizes_.begin() + geometric, sizes_.end());
  sizes_.erase(std::unique(sizes_.begin(), sizes_.end()), sizes_.end());
}

std::string SlabClasses::unit_text() const {
  return "; a size class takes " + to_string(options_.page) + " of it at a time";
}

std::optional<std::size_t> SlabClasses::class_of(Bytes object) const {
  const auto found = std::lower_bound(sizes_.begin(), sizes_.end(), object.count());
  if (found == sizes_.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - sizes_.begin());
}

std::uint64_t SlabAllocator::pages_of(Bytes size) const {
  const std::uint64_t page = classes_->options().page.count();
  return (size.count() + page - 1) / page;
}

SlabAllocator::ClassState& SlabAllocator::state(std::size_t index) {
  if (index >= states_.size()) {
    states_.resize(index + 1);
  }
  return states_[index];
}

std::optional<Bytes> SlabAllocator::take_pages(std::uint64_t count) {
  if (const auto run = free_runs_.find(count); run != free_runs_.end() && !run->second.empty()) {
    const Bytes offset = run->second.back();
    run->second.pop_back();
    return offset;
  }
  const Bytes bytes = classes_->options().page * count;
  if (bytes > capacity_ - paged_) {
    return std::nullopt;
  }
  const Bytes offset = paged_;
  paged_ += bytes;
  return offset;
}

std::optional<Bytes> SlabAllocator::allocate(Bytes size) {
  const auto index = classes_->class_of(size);
  if (!index) {
    const std::uint64_t pages = pages_of(size);
    const auto offset = take_pages(pages);
    used_ += offset ? classes_->options().page * pages : Bytes(0);
    return offset;
  }
  const Bytes chunk = classes_->size(*index);
  ClassState& state = this->state(*index);
  if (!state.free.empty()) {
    const Bytes offset = state.free.back();
    state.free.pop_back();
    used_ += chunk;
    return offset;
  }
  if (state.fresh_chunks == 0) {
    const auto page = take_pages(1);
    if (!page) {
      return std::nullopt;
    }
    state.fresh = *page;
    state.fresh_chunks = classes_->options().page.count() / chunk.count();
  }
  const Bytes offset = state.fresh;
  state.fresh += chunk;
  --state.fresh_chunks;
  used_ += chunk;
  return offset;
}

void SlabAllocator::fingerprint(Fingerprint& into, std::uint64_t base) const {
  const auto add_all = [&](std::uint64_t kind, const std::vector<Bytes>& offsets) {
    into.add(kind);
    into.add(offsets.size());
    for (const Bytes offset : offsets) {
      into.rename(base + offset.count());
    }
  };
  into.add(paged_.count());
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const ClassState& state = states_[i];
    if (!state.free.empty() || state.fresh_chunks != 0) {
      add_all(i, state.free);
      into.add(state.fresh_chunks);
    }
    if (state.fresh_chunks != 0) {
      into.rename(base + state.fresh.count());
    }
  }
  for (const auto& [pages, offsets] : free_runs_) {
    if (!offsets.empty()) {
      add_all(classes_->count() + pages, offsets);
    }
  }
  into.add(kEndOfList);
}

void SlabAllocator::release(Bytes offset, Bytes size) {
  expects(size <= used_ && offset < capacity_, "what is freed has been allocated with that size");
  if (const auto index = classes_->class_of(size)) {
    state(*index).free.push_back(offset);
    used_ -= classes_->size(*index);
    return;
  }
  const std::uint64_t pages = pages_of(size);
  free_runs_[pages].push_back(offset);
  used_ -= classes_->options().page * pages;
}

}  // namespace dsmsim
