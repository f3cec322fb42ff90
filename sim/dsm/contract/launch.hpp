#pragma once
// A thread to come, as its parent asks for it (Thread::start).
//
// What is shipped is the closure: a function pointer and the values that it captures, as they are
// in memory; an owned Box among them is 16 bytes of it and takes the ownership of its object along
// (Ma et al., DRust, OSDI'24, sections 4.1.2 and 4.2.1). The same goes for the result.

#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

struct Launch {
  NodeId node = {};                  ///< there; invalid: where the placement puts it
  ObjectId near = {};                ///< spawn_to: the placement puts it where this object is
  Bytes closure = Bytes(16);         ///< beside the Boxes
  std::vector<ObjectId> owned = {};  ///< objects that the thread gets
};

/// What a thread hands to who joins it (Thread::give_result).
struct LaunchResult {
  Bytes size = {};                   ///< beside the Boxes
  std::vector<ObjectId> owned = {};  ///< objects that who joins gets
};

/// An owned Box in a closure, or in a result.
inline constexpr Bytes kShippedBox(16);

}  // namespace dsmsim
