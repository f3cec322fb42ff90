#pragma once

#include <span>

#include "sim/dsm/kit/mutants.hpp"

namespace dsmsim {

std::span<const MutantRow> swap_mutants();

}  // namespace dsmsim
