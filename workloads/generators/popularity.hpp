#pragma once
// Which items are popular: the distributions of YCSB (YCSB core/.../generator/*) and the plain Zipf
// of GAM's key files, as options and as generators.
//
// Mind two things that both are called zipfian. `zipf` is plain: item 0 is the most popular, and
// with theta 0.99 it gets 4.81 % of 1e8 items. `ycsb_zipfian` is what YCSB calls zipfian: a rank
// among 1e10+1 items, scattered over the keys by a hash, so that the most popular key gets 3.78 %
// however few keys there are, and stands anywhere.

#include <memory>

#include "sim/base/config/fields.hpp"
#include "workloads/generators/acknowledged_counter.hpp"
#include "workloads/generators/item_generator.hpp"

namespace dsmsim {

enum class Distribution : unsigned char {
  uniform,
  zipf,
  zipf_exact,
  ycsb_zipfian,
  hotspot,
  exponential
};
constexpr auto config_values(Distribution) {
  using enum Distribution;
  return std::to_array<config::Value<Distribution>>({
      {uniform, "uniform", "all items alike"},
      {zipf, "zipf", "item = rank, Gray's approximation"},
      {zipf_exact, "zipf-exact", "item = rank, exact"},
      {ycsb_zipfian, "ycsb-zipfian",
       "YCSB's scrambled zipfian: rank among 1e10+1 items, Gray's approximation, scattered by "
       "FNV-64"},
      {hotspot, "hotspot", "a share of the operations goes evenly to the first share of the items"},
      {exponential, "exponential", "the first items are the most popular"},
  });
}

struct Popularity {
  Distribution distribution = Distribution::zipf;
  double theta = 0.99;                 ///< of the Zipf distributions; below 1 but for zipf_exact
  double hot_items = 0.2;              ///< hotspot
  double hot_operations = 0.8;         ///< hotspot
  double exponential_percentile = 95;  ///< exponential: so many percent of the operations ...
  double exponential_items = 0.8571428571;  ///< ... go to this share of the items
};
/// The fields `distribution`, `theta` and so on, among those of the caller's own struct.
void describe_popularity(config::Fields& fields, Popularity& popularity);

/// A generator of items 0..items-1. Of a number that grows: exponential keeps its scale, which
/// follows from `items`, and goes on to items_at_end-1.
std::unique_ptr<ItemGenerator> make_generator(const Popularity& popularity, std::uint64_t items,
                                              std::uint64_t items_at_end = 0);

/// YCSB's `latest`: the item inserted last is the most popular. `counter` must outlive it.
std::unique_ptr<ItemGenerator> make_latest_generator(const AcknowledgedCounter& counter,
                                                     double theta);

}  // namespace dsmsim
