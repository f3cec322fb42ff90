#pragma once
// The list of engines: what an experiment may name as its "protocol". Adding an engine is one
// folder and its name in all.cpp.

#include <vector>

#include "sim/dsm/contract/registration.hpp"

namespace dsmsim {

std::vector<ProtocolRow> all_protocols();

}  // namespace dsmsim
