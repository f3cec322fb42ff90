#include "protocols/paging/cpu_caches.hpp"

#include <bit>

namespace dsmsim::paging {
namespace {

std::uint64_t bit(std::uint32_t core) { return std::uint64_t{1} << core; }

bool has_power_of_two_sets(const CpuCacheLevel& level) {
  const std::uint64_t set = CpuCaches::kLine.count() * level.ways;
  return level.size.count() % set == 0 && std::has_single_bit(level.size.count() / set);
}

/// Calls visit(core) for each bit, from the lowest.
template <class Visit>
void for_each_core(std::uint64_t cores, Visit visit) {
  for (; cores != 0; cores &= cores - 1) {
    visit(static_cast<std::uint32_t>(std::countr_zero(cores)));
  }
}

}  // namespace

void describe(config::Fields& f, CpuCacheLevel& l) {
  constexpr Bytes kLargest(std::uint64_t{1} << 30);
  f.required("size", l.size, "bytes", config::range(Bytes(1), kLargest));
  f.required("ways", l.ways, "lines in a set", config::at_least(1));
  f.required("latency", l.latency, "of a hit, from the core on");
  f.check(has_power_of_two_sets(l), "size", "must give a number of sets that is a power of two");
}

void describe(config::Fields& f, CpuCacheOptions& o) {
  f.required("l1", o.l1, "of each core");
  f.required("l2", o.l2, "of each core");
  f.required("l3", o.l3, "of all cores of a server; contains the others");
}

CpuCacheOptions timeless(CpuCacheOptions options) {
  options.l1.latency = options.l2.latency = options.l3.latency = {};
  return options;
}

// ---- sets

template <class E>
E* CpuCaches::Array<E>::find(std::uint64_t line) {
  E* const first = set(line);
  E* const end = first + ways;
  E* const found = std::find_if(first, end, [line](const E& entry) { return entry.holds(line); });
  return found == end ? nullptr : found;
}

template <class E>
E CpuCaches::Array<E>::insert(std::uint64_t line) {
  E* const first = set(line);
  const E victim = first[ways - 1];
  std::copy_backward(first, first + ways - 1, first + ways);
  *first = E();
  first->tag = (line + 1) << 1;
  return victim;
}

template <class E>
E CpuCaches::Array<E>::remove(std::uint64_t line) {
  E* const found = find(line);
  if (found == nullptr) {
    return E();
  }
  const E removed = *found;
  E* const end = set(line) + ways;
  std::copy(found + 1, end, found);
  *(end - 1) = E();
  return removed;
}

// ---- the hierarchy

CpuCaches::CpuCaches(const CpuCacheOptions& options, std::uint32_t cores)
    : l1_(std::min(cores, kMostCores), Array<Entry>(options.l1)),
      l2_(std::min(cores, kMostCores), Array<Entry>(options.l2)),
      l3_(options.l3),
      latencies_{options.l1.latency, options.l2.latency, options.l3.latency},
      power_of_two_(std::has_single_bit(l1_.size())) {}

/// The level where the core finds it, with the order of use renewed there.
CpuCaches::Level CpuCaches::find(std::uint32_t core, std::uint64_t line) {
  if (l1_[core].touch(line) != nullptr) {
    return Level::l1;
  }
  if (l2_[core].touch(line) != nullptr) {
    return Level::l2;
  }
  SharedEntry* const entry = l3_.touch(line);
  if (entry == nullptr) {
    return Level::memory;
  }
  if (clean(*entry)) {
    entry->tag |= kModified;
  }
  return Level::l3;
}

std::optional<std::uint64_t> CpuCaches::enter_l3(std::uint64_t line) {
  const SharedEntry victim = l3_.insert(line);
  const bool modified = victim.tag != 0 && (recall(victim) || victim.modified());
  return modified ? std::optional(victim.line()) : std::nullopt;
}

CpuCaches::Level CpuCaches::bring(std::uint32_t core, std::uint64_t line, bool write, Level level) {
  if (level != Level::l1) {
    fill(core, line, level);
  }
  Entry& entry = *l1_[core].set(line);
  if (!write || entry.modified()) {
    return level;
  }
  SharedEntry& shared = *l3_.find(line);
  const bool alone = shared.cores == bit(core);
  if (!alone) {
    recall(shared, bit(core));
    shared.cores = bit(core);
  }
  entry.tag |= kModified;
  return alone ? level : std::max(level, Level::l3);
}

/// Into L1, and into L2 if it comes from farther; what has to go there leaves its traces beyond.
void CpuCaches::fill(std::uint32_t core, std::uint64_t line, Level level) {
  if (level != Level::l2) {
    l3_.find(line)->cores |= bit(core);
    const Entry victim = l2_[core].insert(line);
    if (victim.tag != 0) {
      const bool modified = l1_[core].remove(victim.line()).modified() || victim.modified();
      SharedEntry& shared = *l3_.find(victim.line());
      shared.cores &= ~bit(core);
      shared.tag |= modified ? kModified : 0;
    }
  }
  const Entry victim = l1_[core].insert(line);
  if (victim.modified()) {
    l2_[core].find(victim.line())->tag |= kModified;
  }
}

bool CpuCaches::recall(const SharedEntry& entry, std::uint64_t but) {
  bool modified = false;
  for_each_core(entry.cores & ~but, [&](std::uint32_t core) {
    modified |= l1_[core].remove(entry.line()).modified();
    modified |= l2_[core].remove(entry.line()).modified();
  });
  return modified;
}

bool CpuCaches::clean(const SharedEntry& entry) {
  bool modified = false;
  for_each_core(entry.cores, [&](std::uint32_t core) {
    for (Array<Entry>* const level : {&l1_[core], &l2_[core]}) {
      if (Entry* const copy = level->find(entry.line()); copy != nullptr) {
        modified |= copy->modified();
        copy->tag &= ~kModified;
      }
    }
  });
  return modified;
}

CpuCacheReport CpuCaches::report() const {
  const auto& [reads, writes] = counters_.hits;
  return {.read_l1_hits = reads[0],
          .read_l2_hits = reads[1],
          .read_l3_hits = reads[2],
          .read_l3_misses = reads[3],
          .write_l1_hits = writes[0],
          .write_l2_hits = writes[1],
          .write_l3_hits = writes[2],
          .write_l3_misses = writes[3],
          .written_back = counters_.written_back};
}

void CpuCaches::fingerprint(Fingerprint& into) const {
  const auto& [l1, l2, l3, latencies, power_of_two, counters] = *this;
  const auto add = [&into](std::size_t place, std::uint64_t tag) {
    if (tag != 0) {
      into.add(place);
      into.add(tag);
    }
  };
  for (std::size_t core = 0; core < l1.size(); ++core) {
    for (const Array<Entry>* const level : {&l1[core], &l2[core]}) {
      const std::size_t cache = 2 * core + (level == &l1[core] ? 0 : 1);
      for (std::size_t i = 0; i < level->entries.size(); ++i) {
        add((i << 8) + cache, level->entries[i].tag);
      }
    }
  }
  for (std::size_t i = 0; i < l3.entries.size(); ++i) {
    add(i, l3.entries[i].tag);
    add(i, l3.entries[i].cores);
  }
}

bool CpuCaches::remove(std::uint64_t line) {
  const SharedEntry entry = l3_.remove(line);
  return entry.tag != 0 && (recall(entry) || entry.modified());
}

}  // namespace dsmsim::paging
