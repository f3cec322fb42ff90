#pragma once
// The list of programs: what an experiment may name as its "program". Adding a program is one
// folder and its name in all.cpp.

#include <vector>

#include "sim/dsm/contract/registration.hpp"

namespace dsmsim {

std::vector<ProgramRow> all_programs();

}  // namespace dsmsim
