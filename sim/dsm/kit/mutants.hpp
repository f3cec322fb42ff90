#pragma once
// Mutants: defects with names, one of which can be switched on in an engine (EngineContext::mutant)
// to see whether the checks of coherence find it. They are compiled in for tests only
// (DSMSIM_MUTANTS); in other builds asking for one costs nothing. An engine lists its mutants in a
// table, and asks at the place of each, in one line, whether it is the one.

#include <span>
#include <string_view>

namespace dsmsim {

#ifdef DSMSIM_MUTANTS
inline constexpr bool kMutants = true;
#else
inline constexpr bool kMutants = false;
#endif

struct MutantRow {
  std::string_view name;  ///< "engine.defect"
  std::string_view help;  ///< what goes wrong
};

/// Which mutant an engine is, if any.
class Mutant {
 public:
  /// Throws Error if `chosen` is neither empty nor in the engine's table, or if mutants are not
  /// compiled in.
  Mutant(std::string_view chosen, std::span<const MutantRow> table);

  bool is([[maybe_unused]] std::string_view name) const {
    if constexpr (kMutants) {
      return chosen_ == name;
    }
    return false;
  }

 private:
  std::string_view chosen_;  // of the table
};

}  // namespace dsmsim
