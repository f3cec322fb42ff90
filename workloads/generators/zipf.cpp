#include "workloads/generators/zipf.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/generators/zeta.hpp"

namespace dsmsim {

GrayZipf::GrayZipf(std::uint64_t items, double theta)
    : GrayZipf(items, theta, zeta(items, theta)) {}

GrayZipf::GrayZipf(std::uint64_t items, double theta, double zeta_of_items)
    : items_(items),
      theta_(theta),
      zeta_(zeta_of_items),
      zeta_of_two_(zeta(2, theta)),
      second_(std::pow(0.5, theta)),
      eta_(0) {
  grow(items);
}

void GrayZipf::grow(std::uint64_t items) {
  for (std::uint64_t i = items_ + 1; i <= items; ++i) {
    zeta_ += std::pow(static_cast<double>(i), -theta_);
  }
  items_ = items;
  eta_ = (1 - std::pow(2 / static_cast<double>(items_), 1 - theta_)) / (1 - zeta_of_two_ / zeta_);
}

std::uint64_t GrayZipf::rank(RandomStream& random) const {
  const double u = random.uniform();
  const double mass = u * zeta_;
  if (mass < 1) {
    return 0;
  }
  if (mass < 1 + second_) {
    return 1;
  }
  const double portion = std::pow(eta_ * u - eta_ + 1, 1 / (1 - theta_));
  const auto rank = static_cast<std::uint64_t>(static_cast<double>(items_) * portion);
  return std::min(rank, items_ - 1);
}

ExactZipf::ExactZipf(std::uint64_t items, double theta)
    : items_(static_cast<double>(items)), theta_(theta) {
  from_ = integral_of_h(1.5) - 1;
  to_ = integral_of_h(items_ + 0.5);
  shortcut_ = 2 - inverse_of_integral(integral_of_h(2.5) - h(2));
}

std::uint64_t ExactZipf::rank(RandomStream& random) const {
  while (true) {
    const double y = to_ + random.uniform() * (from_ - to_);
    const double x = inverse_of_integral(y);
    const double k = std::clamp(std::floor(x + 0.5), 1.0, items_);
    if (k - x <= shortcut_ || y >= integral_of_h(k + 0.5) - h(k)) {
      return static_cast<std::uint64_t>(k) - 1;
    }
  }
}

double ExactZipf::h(double x) const { return std::exp(-theta_ * std::log(x)); }

double ExactZipf::integral_of_h(double x) const {
  const double log_x = std::log(x);
  const double s = (1 - theta_) * log_x;
  return std::abs(s) < 1e-12 ? log_x : std::expm1(s) / s * log_x;
}

double ExactZipf::inverse_of_integral(double y) const {
  const double s = std::max(y * (1 - theta_), -1.0);
  return std::exp(std::abs(s) < 1e-12 ? y : std::log1p(s) / s * y);
}

}  // namespace dsmsim
