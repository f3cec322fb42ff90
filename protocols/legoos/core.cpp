#include "protocols/legoos/core.hpp"

namespace dsmsim::legoos {

/// It has nothing of its own between two faults.
void add(Fingerprint& into, const Core& core) {
  const auto& [caller, thread, step, page, zero, locked, line, stash] = core;
  into.add(step, thread);
  if (step != Step::none) {
    const auto& [stashed, contents, cause] = stash;  // cause measures
    into.add(page, zero, locked, line != nullptr);
    into.add(stashed, contents);
    add(into, caller);
  }
}

}  // namespace dsmsim::legoos
