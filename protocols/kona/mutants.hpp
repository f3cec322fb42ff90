#pragma once
// The defects that tests can put into this engine (sim/dsm/mutants.hpp).

#include "sim/dsm/mutants.hpp"

namespace dsmsim {

std::span<const MutantRow> kona_mutants();

}  // namespace dsmsim
