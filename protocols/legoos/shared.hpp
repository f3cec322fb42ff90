#pragma once
// LegoOS with `sharing: directory`: several pComponents, each with an ExCache, and a page directory
// at the mComponents (protocols/paging/shared_pages.hpp). An extension: README.md, "Sharing".

#include "protocols/legoos/options.hpp"
#include "protocols/paging/shared_pages.hpp"

namespace dsmsim {

class LegoosShared final : public paging::SharedPages {
 public:
  LegoosShared(EngineContext context, const LegoosOptions& options);
};

}  // namespace dsmsim
