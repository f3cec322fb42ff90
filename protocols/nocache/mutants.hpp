#pragma once
// The defects that tests can put into this engine (sim/dsm/kit/mutants.hpp).

#include "sim/dsm/kit/mutants.hpp"

namespace dsmsim {

std::span<const MutantRow> nocache_mutants();

}  // namespace dsmsim
