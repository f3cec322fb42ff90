#pragma once
// The cache of a compute node: how references reach it, and how large it is.

#include "protocols/kona/options.hpp"
#include "protocols/paging/paged_engine.hpp"

namespace dsmsim::kona {

paging::Referencing referencing(const KonaOptions& options);
/// Whole sets of blocks, of a server with so much memory. Throws Error if there is not even one.
std::uint64_t frame_count(const KonaOptions& options, Bytes memory);

}  // namespace dsmsim::kona
