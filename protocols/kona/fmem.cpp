#include "protocols/kona/fmem.hpp"

#include "protocols/kona/messages.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::kona {

paging::Referencing referencing(const KonaOptions& o) {
  return {.shape = paging::PageShape(o.block, kLine),
          .recency = true,
          .local_atomic = o.costs.local_atomic,
          .farther = o.variant == KonaVariant::kona ? o.fmem_penalty : Duration(),
          .words_dirty = true,
          .names_by_line = true,
          .cpu_caches = o.cpu_caches};
}

std::uint64_t frame_count(const KonaOptions& o, Bytes memory) {
  const Bytes fmem =
      o.fmem > Bytes()
          ? o.fmem
          : Bytes(static_cast<std::uint64_t>(o.fmem_share * static_cast<double>(memory.count())));
  const std::uint64_t sets = fmem.count() / (o.block.count() * o.ways);
  if (sets == 0) {
    throw Misfit(o.fmem > Bytes() ? "/cache" : "/cache_share",
                 "kona: an FMem of " + to_string(fmem) + " is smaller than one set of " +
                     std::to_string(o.ways) + " blocks of " + to_string(o.block));
  }
  return sets * o.ways;
}

}  // namespace dsmsim::kona
