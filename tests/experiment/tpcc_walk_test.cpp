// One new-order of TPC-C on each of two servers, message by message: five lines of all five items,
// every item supplied by the other server's warehouse. Of its records the warehouse, the district,
// the customer, the five items and what is inserted are at the thread's server, the five stock
// records at the other.

#include <catch2/catch.hpp>

#include "tests/experiment/walk.hpp"

using namespace dsmsim;
using walk::messages_of;
using walk::Walk;

namespace {

nlohmann::json walked_order(const nlohmann::json& protocol) {
  return {{"cluster", {{"extends", "clusters/drust8.json"}, {"servers", 2}}},
          {"protocol", protocol},
          {"program",
           {{"name", "tpcc"},
            {"threads_per_server", 1},
            {"warehouses", 2},
            {"items", 5},
            {"customers", 1},
            {"order_lines_min", 5},
            {"order_lines_max", 5},
            {"payment_weight", 0},
            {"distribution_ratio", 1},
            {"transactions", 1},
            {"warm_up", 0}}}};
}

}  // namespace

TEST_CASE("tpcc walk: under DRust each remote record is locked, read, written and unlocked there") {
  CHECK(messages_of(walked_order("drust")) == Walk{{"lock", {10, 10 * 8}},
                                                   {"guarded_read", {10, 10 * 306}},
                                                   {"guarded_write", {10, 10 * 306}},
                                                   {"unlock", {10, 10 * 8}}});
}

TEST_CASE("tpcc walk: under GAM the locks bring the blocks that the stock records are in") {
  // chunks of 352 B (the classes are 48, 64, 80, 104, 136, 176, 224, 280, 352): five lie in four
  // blocks, and a record whose first block is here already needs its second alone; each is W5
  CHECK(messages_of(walked_order("gam")) ==
        Walk{{"WRITE", {8, 8 * 52}}, {"GRANT_DATA", {8, 8 * 512}}, {"WRITE_REPLY", {8, 8 * 20}}});
}

TEST_CASE("tpcc walk: under Grappa a record is as many delegates as it has blocks of 64 bytes") {
  // One process a server. The records begin at core 0 and their blocks go round both, so what is at
  // home for one server's order is not for the other's: together they send what one order has.
  const nlohmann::json protocol = {{"extends", "protocols/grappa.json"},
                                   {"processes_per_server", 1}};
  const nlohmann::json result = walk::result_of(walked_order(protocol));
  const std::uint64_t locks = 5 + 3 + 5;  // items; warehouse, district, customer; stock
  const std::uint64_t reads = 5 * 2 + 2 + 2 + 11 + 5 * 5;
  const std::uint64_t inserts = 7;
  const std::uint64_t writes = 2 + 5 * 5 + inserts;
  CHECK(result["engine"]["requests"] == nlohmann::json({{"allocate", inserts},
                                                        {"read", reads},
                                                        {"try_lock", 6},
                                                        {"try_rlock", 7},
                                                        {"unlock", locks},
                                                        {"write", writes}}));
  // bytes of a record, the last block rounded up to 8
  const std::uint64_t item = 64 + 24, warehouse = 64 + 32, district = 64 + 32;
  const std::uint64_t customer = 10 * 64 + 16, stock = 4 * 64 + 56;
  const std::uint64_t order = 24, new_order = 8, line = 56;
  const std::uint64_t requested = 24 * (2 * locks + reads + inserts + writes);
  const std::uint64_t answered = 24 * locks + 16 * locks + 16 * reads + 24 * inserts + 16 * writes;
  const std::uint64_t read = 5 * item + warehouse + district + customer + 5 * stock;
  const std::uint64_t written = district + 5 * stock + order + new_order + 5 * line;
  const std::uint64_t packets = result["engine"]["packets"];
  CHECK(messages_of(walked_order(protocol)) ==
        Walk{{"PACKET", {packets, packets * (24 + 4) + requested + answered + read + written}}});
}
