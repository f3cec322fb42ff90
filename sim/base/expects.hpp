#pragma once
// What a header demands in words, as code. A demand that is not met is a mistake of the caller, who
// is in this project: an internal error, which says where and which. On in debug and sanitized
// builds and wherever engines have mutants; a release build checks nothing and pays nothing.

#include <source_location>

namespace dsmsim {

#ifdef DSMSIM_CONTRACTS
inline constexpr bool kContracts = true;
#else
inline constexpr bool kContracts = false;
#endif

/// Throws std::logic_error: "file:line: words".
[[noreturn]] void break_contract(const char* words, const std::source_location& where);

/// `words` say what must hold, as "arrivals do not go back in time". The condition is evaluated in
/// a release build, too, unless the compiler sees that nobody needs it: keep it to a comparison, or
/// ask kContracts first.
constexpr void expects(bool holds, const char* words,
                       const std::source_location& where = std::source_location::current()) {
  if constexpr (kContracts) {
    if (!holds) [[unlikely]] {
      break_contract(words, where);
    }
  }
}

}  // namespace dsmsim
