// One GET and one PUT of GAM's hash table, message by message, where their bucket is on another
// server and where their value is.
//
// Two servers with a driver each, and two keys; both hash to the table of server 1, into buckets of
// different objects. In the populating driver 0 puts key 0, whose value it allocates on server 0,
// and driver 1 key 1, on server 1. Measured is one operation each, on the other's key:
//
//   driver 0, key 1    bucket on server 1, last used there; value on server 1, last written there
//   driver 1, key 0    bucket here, last locked by server 0; value on server 0, last written there

#include <catch2/catch.hpp>

#include "tests/experiment/walk.hpp"

using namespace dsmsim;
using walk::messages_of;
using walk::Walk;

namespace {

nlohmann::json walked_dht(const nlohmann::json& protocol, double get_ratio) {
  return {{"cluster", {{"extends", "clusters/drust8.json"}, {"servers", 2}}},
          {"protocol", protocol},
          {"program",
           {{"name", "dht"},
            {"operations", 2},
            {"operations_of", "all"},
            {"keys", 2},
            {"files", "disjoint"},
            {"measured_file", "next"},
            {"warm_up", false},
            {"buckets", 8},
            {"buckets_per_object", 4},  // 512 B, the block of GAM
            {"get_ratio", get_ratio}}}};
}

}  // namespace

TEST_CASE("dht walk: under DRust a bucket is locked and read where it is, and a value read there") {
  // driver 0: lock, bucket, value, unlock; driver 1: the value alone
  CHECK(messages_of(walked_dht("drust", 1)) == Walk{{"lock", {1, 8}},
                                                    {"guarded_read", {1, 128}},
                                                    {"unsafe_read", {2, 2 * 58}},
                                                    {"runlock", {1, 8}}});
  CHECK(messages_of(walked_dht("drust", 0)) == Walk{{"lock", {1, 8}},
                                                    {"guarded_read", {1, 128}},
                                                    {"unsafe_write", {2, 2 * 58}},
                                                    {"unlock", {1, 8}}});
}

TEST_CASE("dht walk: under GAM a lock brings the bucket's block, and the value is another block") {
  // driver 0: R4 of the bucket's block and R4 of the value's; driver 1: R2 of the bucket's, which
  // server 0 has dirty, and R4 of the value's
  CHECK(messages_of(walked_dht("gam", 1)) == Walk{{"READ", {3, 3 * 40}},
                                                  {"DATA_REPLY", {3, 3 * 512}},
                                                  {"FETCH_AND_SHARED", {1, 40}},
                                                  {"FETCHED_DATA", {1, 512}}});
  // driver 0: W5 and W5; driver 1: W3 and W5
  CHECK(messages_of(walked_dht("gam", 0)) == Walk{{"WRITE", {3, 3 * 52}},
                                                  {"GRANT_DATA", {3, 3 * 512}},
                                                  {"WRITE_REPLY", {3, 3 * 20}},
                                                  {"FETCH_AND_INVALIDATE", {1, 40}},
                                                  {"FETCHED_DATA", {1, 512}}});
}

TEST_CASE("dht walk: under Grappa each access is a delegate a block of 64 bytes") {
  // One process a server. Of the ten delegates (two locks, the two blocks of each bucket, two
  // values, two unlocks) those of a lock, a value's block, a bucket's block and an unlock have
  // their home at the other server. Requests are 24 B, replies of locks 16 B and of blocks 16 + 64
  // B. Each leaves alone, but for two of driver 0, a packet having 24 B and 4 a core.
  nlohmann::json protocol = {{"extends", "protocols/grappa.json"}, {"processes_per_server", 1}};
  const auto get = walk::result_of(walked_dht(protocol, 1));
  CHECK(get["engine"]["delegates"] == nlohmann::json({{"read", 6}, {"rlock", 2}, {"unlock", 2}}));
  CHECK(get["engine"]["requests"] == nlohmann::json({{"read", 2}, {"rlock", 1}, {"unlock", 1}}));
  CHECK(messages_of(walked_dht(protocol, 1)) ==
        Walk{{"PACKET", {6, 6 * 28 + 4 * 24 + 2 * 16 + 2 * (16 + 64)}}});

  // A PUT carries its 58 bytes, rounded up to 64, to the home instead of back.
  const auto put = walk::result_of(walked_dht(protocol, 0));
  CHECK(put["engine"]["delegates"] ==
        nlohmann::json({{"lock", 2}, {"read", 4}, {"unlock", 2}, {"write", 2}}));
  CHECK(messages_of(walked_dht(protocol, 0)) ==
        Walk{{"PACKET", {6, 6 * 28 + 4 * 24 + 3 * 16 + (16 + 64) + 64}}});
}
