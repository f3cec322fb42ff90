#include "workloads/generators/zeta.hpp"

#include <algorithm>
#include <cmath>

namespace dsmsim {

namespace {

constexpr std::uint64_t kTermByTerm = 1'000'000;

double integral(double from, double to, double theta) {
  // (to^(1-theta) - from^(1-theta)) / (1-theta), also when theta is 1 or close to it
  const double s = 1 - theta;
  const double ratio = std::log(to / from);
  const double growth = std::abs(s * ratio) < 1e-12 ? ratio : std::expm1(s * ratio) / s;
  return std::pow(from, s) * growth;
}

}  // namespace

double zeta(std::uint64_t n, double theta) {
  double sum = 0;
  for (std::uint64_t i = std::min(n, kTermByTerm); i > 0; --i) {  // small terms first
    sum += std::pow(static_cast<double>(i), -theta);
  }
  if (n <= kTermByTerm) {
    return sum;
  }
  const auto a = static_cast<double>(kTermByTerm);
  const auto b = static_cast<double>(n);
  const double at_a = std::pow(a, -theta);
  const double at_b = std::pow(b, -theta);
  const double slope_difference = theta * (at_a / a - at_b / b);
  return sum + integral(a, b, theta) + (at_b - at_a) / 2 + slope_difference / 12;
}

}  // namespace dsmsim
