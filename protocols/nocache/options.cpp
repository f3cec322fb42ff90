#include "protocols/nocache/options.hpp"

namespace dsmsim {

void describe(config::Fields& f, NocacheOptions& o) {
  f.required("look_up", o.look_up, "CPU time to find the home of an object and make a request");
  f.required("allocation", o.allocation, "CPU time of an allocation or release");
  f.required("local_atomic", o.local_atomic,
             "CPU time of an atomic instruction, beyond the memory access");
  f.required("lock_pause", o.lock_pause, "between two tries of a lock that somebody holds",
             config::positive());
  f.sources(o.sources);
}

NocacheOptions timeless(NocacheOptions options) {
  options.look_up = options.allocation = options.local_atomic = Duration();
  options.lock_pause = Duration::picoseconds(1);
  return options;
}

}  // namespace dsmsim
