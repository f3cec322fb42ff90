#pragma once
// What can be chosen about memory without a cache: what its software costs, and how often a thread
// tries to lock.

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

struct NocacheOptions {
  Duration look_up;       ///< CPU time to find the home of an object and make a request
  Duration allocation;    ///< CPU time of an allocation or release
  Duration local_atomic;  ///< CPU time of an atomic instruction, beyond the memory access
  Duration lock_pause;    ///< between two tries of a lock that somebody holds
  config::Sources sources;
};
void describe(config::Fields& fields, NocacheOptions& options);
/// The same by software that takes no time. A pause stays one: it is when others may go on.
NocacheOptions timeless(NocacheOptions options);

}  // namespace dsmsim
