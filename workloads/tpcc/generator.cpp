#include "workloads/tpcc/generator.hpp"

#include <utility>

#include "workloads/tpcc/records.hpp"

namespace dsmsim::tpcc {

namespace {

// A of NURand, clause 2.1.6.1: for item numbers and for customers.
constexpr std::uint32_t kItemMask = 8191;
constexpr std::uint32_t kCustomerMask = 1023;

std::uint32_t below(RandomStream& random, std::uint32_t bound) {
  return static_cast<std::uint32_t>(random.below(bound));
}

}  // namespace

Generator::Generator(const TpccOptions& options, RandomStream random, std::size_t server,
                     std::size_t servers, std::size_t thread_of_server)
    : options_(options),
      random_(random),
      server_(static_cast<std::uint32_t>(server)),
      servers_(static_cast<std::uint32_t>(servers)),
      own_((options.warehouses - server_ - 1) / servers_ + 1),
      home_(server_ + servers_ * static_cast<std::uint32_t>(thread_of_server % own_)) {}

Request Generator::next() {
  const std::uint32_t both = options_.new_order_weight + options_.payment_weight;
  return below(random_, both) < options_.new_order_weight ? new_order() : payment();
}

std::uint32_t Generator::home() {
  return options_.home_warehouse == HomeWarehouse::thread
             ? home_
             : server_ + servers_ * below(random_, own_);
}

std::uint32_t Generator::other_than(std::uint32_t warehouse) {
  if (options_.warehouses == 1) {
    return warehouse;
  }
  const std::uint32_t other = below(random_, options_.warehouses - 1);
  return other < warehouse ? other : other + 1;
}

/// Clause 2.1.6, with C = 0, of numbers from 0.
std::uint32_t Generator::non_uniform(std::uint32_t mask, std::uint32_t count) {
  const std::uint32_t bits = below(random_, mask + 1);
  return (bits | below(random_, count)) % count;
}

bool Generator::has(const Request& request, std::uint32_t item) {
  for (std::uint32_t i = 0; i < request.lines; ++i) {
    if (request.line[i].item == item) {
      return true;
    }
  }
  return false;
}

OrderLine Generator::fresh_line(std::uint32_t warehouse) {
  OrderLine line{.item = non_uniform(kItemMask, options_.items), .supplier = warehouse};
  if (random_.chance(options_.distribution_ratio)) {
    line.supplier = other_than(warehouse);
  }
  return line;
}

/// Items of an order are different.
Request Generator::new_order() {
  Request order;
  order.warehouse = order.customer_warehouse = home();
  order.district = order.customer_district = below(random_, kDistricts);
  order.customer = non_uniform(kCustomerMask, options_.customers);
  const std::uint32_t spread = options_.order_lines_max - options_.order_lines_min + 1;
  const std::uint32_t lines = options_.order_lines_min + below(random_, spread);
  while (order.lines < lines) {
    OrderLine line = fresh_line(order.warehouse);
    const OrderLine& last = last_order_.line[order.lines];
    if (random_.chance(options_.time_locality) && order.lines < last_order_.lines &&
        !has(order, last.item)) {
      line = last;
    }
    if (has(order, line.item)) {  // the next that it has not
      line.item = (line.item + 1) % options_.items;
      while (has(order, line.item)) {
        line.item = (line.item + 1) % options_.items;
      }
    }
    order.line[order.lines++] = line;
  }
  return last_order_ = order;
}

Request Generator::payment() {
  Request payment;
  payment.warehouse = payment.customer_warehouse = home();
  payment.district = payment.customer_district = below(random_, kDistricts);
  payment.customer = non_uniform(kCustomerMask, options_.customers);
  if (random_.chance(options_.distribution_ratio)) {
    payment.customer_warehouse = other_than(payment.warehouse);
    payment.customer_district = below(random_, kDistricts);
  }
  if (random_.chance(options_.time_locality) && has_paid_) {
    return last_payment_;
  }
  has_paid_ = true;
  return last_payment_ = payment;
}

}  // namespace dsmsim::tpcc
