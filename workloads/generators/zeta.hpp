#pragma once
// The normalising constant of Zipf distributions, zeta(n) = sum of i^-theta for i = 1..n (Gray et
// al., "Quickly generating billion-record synthetic databases", SIGMOD 1994, section 3.3).

#include <cstdint>

namespace dsmsim {

/// zeta(n), summed term by term up to a million terms and by the Euler-Maclaurin formula beyond,
/// whose error (below theta (theta+1) (theta+2) a^(-theta-3) / 720 for a = 10^6) is lost in that of
/// the sum. theta >= 0.
double zeta(std::uint64_t n, double theta);

}  // namespace dsmsim
