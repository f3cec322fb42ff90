#pragma once
// IVY: the classic page-based distributed shared memory (Li and Hudak, "Memory Coherence in Shared
// Virtual Memory Systems", ACM TOCS 7(4), 1989), with a fixed distributed manager.
//
// Every server runs threads, is home of its partition of the address space and maps pages of
// others: protocols/paging/shared_pages.hpp, set up so. README.md is the protocol on one page.

#include "protocols/ivy/options.hpp"
#include "protocols/paging/shared_pages.hpp"

namespace dsmsim {

std::span<const MutantRow> ivy_mutants();

class IvyEngine final : public paging::SharedPages {
 public:
  IvyEngine(EngineContext context, const IvyOptions& options);
};

}  // namespace dsmsim
