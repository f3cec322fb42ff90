#pragma once
// The defects that tests can put into this engine (sim/dsm/kit/mutants.hpp).

#include "sim/dsm/kit/mutants.hpp"

namespace dsmsim {

std::span<const MutantRow> legoos_mutants();
/// Those of them that only programs with files meet; the last ones.
std::span<const MutantRow> legoos_file_mutants();

}  // namespace dsmsim
