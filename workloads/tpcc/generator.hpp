#pragma once
// What the transactions of one thread are about: random parameters as TPC Benchmark C, revision
// 5.11, has them (clauses 2.1.6, 2.4.1 and 2.5.1), with the ratios of GAM's database.

#include <array>

#include "sim/base/random.hpp"
#include "workloads/tpcc/options.hpp"

namespace dsmsim::tpcc {

struct OrderLine {
  std::uint32_t item = 0;
  std::uint32_t supplier = 0;  ///< warehouse
};

/// A transaction: a new-order if it has lines, else a payment.
struct Request {
  std::uint32_t warehouse = 0;
  std::uint32_t district = 0;
  std::uint32_t customer_warehouse = 0;
  std::uint32_t customer_district = 0;
  std::uint32_t customer = 0;
  std::uint32_t lines = 0;
  std::array<OrderLine, 15> line = {};
  bool is_payment() const { return lines == 0; }
};

/// Requests of one thread, on server `server` of `servers`; warehouse w is on server w mod servers.
class Generator {
 public:
  Generator(const TpccOptions& options, RandomStream random, std::size_t server,
            std::size_t servers, std::size_t thread_of_server);
  Request next();
  /// For what is drawn while a transaction runs.
  RandomStream& random() { return random_; }

 private:
  Request new_order();
  Request payment();
  std::uint32_t home();
  std::uint32_t other_than(std::uint32_t warehouse);
  std::uint32_t non_uniform(std::uint32_t mask, std::uint32_t count);
  OrderLine fresh_line(std::uint32_t warehouse);
  static bool has(const Request& request, std::uint32_t item);

  const TpccOptions& options_;
  RandomStream random_;
  std::uint32_t server_;
  std::uint32_t servers_;
  std::uint32_t own_;   ///< warehouses of the server
  std::uint32_t home_;  ///< of the thread
  Request last_order_;
  Request last_payment_;
  bool has_paid_ = false;
};

}  // namespace dsmsim::tpcc
