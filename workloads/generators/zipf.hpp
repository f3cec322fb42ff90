#pragma once
// Zipf-distributed ranks: rank r (0 is the most popular) has a probability proportional to
// (r+1)^-theta.

#include "workloads/generators/item_generator.hpp"

namespace dsmsim {

/// The approximate inverse of Gray et al. (SIGMOD 1994), which YCSB and the key files of GAM use:
/// exact for ranks 0 and 1, approximate from rank 2 on, one draw and at most one power a rank.
class GrayZipf {
 public:
  /// 0 < theta < 1.
  GrayZipf(std::uint64_t items, double theta);
  /// With zeta(items) given, for callers that know it.
  GrayZipf(std::uint64_t items, double theta, double zeta_of_items);

  std::uint64_t rank(RandomStream& random) const;
  /// The range becomes 0..items-1; costs as many terms of zeta as items are new.
  void grow(std::uint64_t items);

  std::uint64_t items() const { return items_; }
  double zeta_of_items() const { return zeta_; }
  double eta() const { return eta_; }

 private:
  std::uint64_t items_;
  double theta_;
  double zeta_;
  double zeta_of_two_;
  double second_;  // 0.5^theta
  double eta_;
};

/// Exact, by rejection-inversion (Hoermann and Derflinger, "Rejection-inversion to generate
/// variates from monotone discrete distributions", ACM TOMACS 6(3), 1996): less than 1.1 draws a
/// rank. Any theta > 0.
class ExactZipf {
 public:
  ExactZipf(std::uint64_t items, double theta);
  std::uint64_t rank(RandomStream& random) const;

 private:
  double h(double x) const;              // x^-theta
  double integral_of_h(double x) const;  // of h, from 1 to x
  double inverse_of_integral(double y) const;

  double items_;
  double theta_;
  double from_ = 0;
  double to_ = 0;
  double shortcut_ = 0;
};

/// Items in order of popularity: item 0 is the most popular.
template <class Sampler>
class ZipfGenerator final : public ItemGenerator {
 public:
  ZipfGenerator(std::uint64_t items, double theta) : sampler_(items, theta) {}
  std::uint64_t next(RandomStream& random) override { return sampler_.rank(random); }

 private:
  Sampler sampler_;
};

}  // namespace dsmsim
