#include "workloads/tpcc/options.hpp"

#include "workloads/generators/scale.hpp"

namespace dsmsim {

std::uint64_t TpccOptions::scaled(std::uint64_t number) const {
  return scaled_number(number, scale);
}

void describe(config::Fields& f, TpccOptions& o) {
  f.sources(o.sources);
  f.optional("scale", o.scale, "factor of transactions and warm_up; the tables stay as they are",
             config::range(1e-6, 1.0));
  f.optional("transactions", o.transactions,
             "of each thread, measured: those that commit and those that abort",
             config::positive());
  f.optional("warm_up", o.warm_up, "transactions of each thread before the measuring begins");
  f.optional("threads_per_server", o.threads_per_server, "threads on each server",
             config::range(1, 1024));
  f.optional("warehouses", o.warehouses, "of the whole database; they go round the servers",
             config::range(1, 1 << 16));
  f.optional("items", o.items, "that are sold, and stock records of each warehouse",
             config::range(1, 1 << 24));
  f.optional("customers", o.customers, "of each of a warehouse's ten districts",
             config::range(1, 1 << 20));
  f.optional("order_lines_min", o.order_lines_min, "items of an order, at least",
             config::range(1, 15));
  f.optional("order_lines_max", o.order_lines_max, "items of an order, at most",
             config::range(1, 15));
  f.optional("new_order_weight", o.new_order_weight, "of new-order transactions in the mix");
  f.optional("payment_weight", o.payment_weight, "of payment transactions in the mix");
  f.optional("distribution_ratio", o.distribution_ratio,
             "probability that an item of a new-order, or the customer of a payment, is of another "
             "warehouse",
             config::range(0.0, 1.0));
  f.optional("read_ratio", o.read_ratio,
             "probability that a record that would be read and written is only read",
             config::range(0.0, 1.0));
  f.optional("time_locality", o.time_locality,
             "probability that an item of a new-order, or a whole payment, is that of the thread's "
             "last one",
             config::range(0.0, 1.0));
  f.optional("home_warehouse", o.home_warehouse, "the warehouse that a transaction is for");
  f.optional("after_abort", o.after_abort, "what a thread does when it has given a transaction up");
  f.optional("pause", o.pause, "of after_abort: again; a random part of it");
  f.optional("inserts", o.inserts, "orders, order lines and history are allocated and written");
  f.optional("compute", o.compute, "CPU time of a transaction beside its accesses");
  f.check(o.order_lines_min <= o.order_lines_max, "order_lines_min",
          "must not be more than order_lines_max");
  f.check(o.order_lines_max <= o.items, "items",
          "must be as many as an order may have: they are different");
  f.check(o.new_order_weight + o.payment_weight > 0, "new_order_weight",
          "or payment_weight must be more than 0");
}

}  // namespace dsmsim
