#pragma once
// The parameters of TPC-C as GAM's database runs it (tpcc.hpp): database/ of ooibc88/gam, and the
// TPC Benchmark C, revision 5.11.

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// The warehouse that a thread's transactions are for.
enum class HomeWarehouse : unsigned char { thread, server };
constexpr auto config_values(HomeWarehouse) {
  using enum HomeWarehouse;
  return std::to_array<config::Value<HomeWarehouse>>({
      {thread, "thread", "one for all of its transactions; threads go round those of their server"},
      {server, "server", "for each transaction any of those of its server"},
  });
}

/// What a thread does when it has had to give a transaction up.
enum class AfterAbort : unsigned char { next, again };
constexpr auto config_values(AfterAbort) {
  using enum AfterAbort;
  return std::to_array<config::Value<AfterAbort>>({
      {next, "next", "begins a new one"},
      {again, "again", "tries the same again, after a random pause, until it commits"},
  });
}

struct TpccOptions {
  config::Sources sources;
  double scale = 1;  ///< of transactions and warm_up
  std::uint64_t transactions = 100;
  std::uint64_t warm_up = 100;
  std::uint32_t threads_per_server = 4;
  std::uint32_t warehouses = 32;
  std::uint32_t items = 10'000;
  std::uint32_t customers = 300;  ///< of a district; there are ten of them in a warehouse
  std::uint32_t order_lines_min = 5;
  std::uint32_t order_lines_max = 15;
  std::uint32_t new_order_weight = 45;
  std::uint32_t payment_weight = 43;
  double distribution_ratio = 0;
  double read_ratio = 0;
  double time_locality = 0;
  HomeWarehouse home_warehouse = HomeWarehouse::thread;
  AfterAbort after_abort = AfterAbort::next;
  Duration pause = Duration::picoseconds(10'000'000);
  bool inserts = true;
  Duration compute;

  std::uint64_t scaled(std::uint64_t number) const;
};
void describe(config::Fields& fields, TpccOptions& options);

}  // namespace dsmsim
