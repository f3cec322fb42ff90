#include "sim/dsm/kit/mutants.hpp"

#include <algorithm>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim {

Mutant::Mutant(std::string_view chosen, std::span<const MutantRow> table) {
  if (chosen.empty()) {
    return;
  }
  const auto row = std::find_if(table.begin(), table.end(),
                                [chosen](const MutantRow& r) { return r.name == chosen; });
  if (row == table.end()) {
    throw Error("the engine has no mutant '" + std::string(chosen) + "'");
  }
  if (!kMutants) {
    throw Error("this build has no mutants; configure it with DSMSIM_MUTANTS");
  }
  chosen_ = row->name;
}

}  // namespace dsmsim
