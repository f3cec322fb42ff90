// What the tests of this room may name in experiments: all there is.

#include "sim/experiment/registries.hpp"

#include "protocols/all.hpp"
#include "workloads/all.hpp"

namespace {

const bool kHandedIn = [] {
  dsmsim::hand_in(dsmsim::all_protocols(), dsmsim::all_programs());
  return true;
}();

}  // namespace
