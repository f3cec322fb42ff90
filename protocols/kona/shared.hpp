#pragma once
// Kona with `sharing: directory`: several compute nodes, each with its FMem, and a page directory
// at the memory nodes (protocols/paging/shared_pages.hpp). An extension: README.md, "Sharing".

#include "protocols/kona/options.hpp"
#include "protocols/paging/shared_pages.hpp"

namespace dsmsim {

class KonaShared final : public paging::SharedPages {
 public:
  KonaShared(EngineContext context, const KonaOptions& options);
};

}  // namespace dsmsim
