#pragma once
// Random programs: scenarios without a question, for those who look for what nobody thought of.

#include "sim/base/random.hpp"
#include "sim/check/scenario.hpp"

namespace dsmsim {

/// 2 to 4 servers, 1 to 4 objects, 2 to 5 threads of up to 9 operations. Several objects of one
/// home fall into one block of engines that have blocks, and some objects into several. No program
/// is a deadlock by itself, even if a lock keeps out those who do not ask for it: who holds one
/// works on nothing else, and only reads if others may share it; and what is locked is small, since
/// locks of several blocks are taken one after another.
Scenario random_scenario(RandomStream& random, std::string name);

}  // namespace dsmsim
