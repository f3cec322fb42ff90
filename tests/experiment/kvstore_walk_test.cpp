// The key-value store as it was measured, message by message: the first touch of a bucket in a
// phase, a later one, and the end of the phase.
//
// Two servers with a driver each, two buckets, two keys, disjoint in buckets. In the populating
// each driver PUTs its own key; measured are two operations each, on the other's. Handles (16 B
// each) and entries (40 B) are allocated by server 0.

#include <catch2/catch.hpp>

#include "tests/experiment/walk.hpp"

using namespace dsmsim;
using walk::messages_of;
using walk::Walk;

namespace {

nlohmann::json walked_store(const nlohmann::json& protocol, std::uint64_t operations,
                            double get_ratio = 1) {
  return {{"cluster", {{"extends", "clusters/drust8.json"}, {"servers", 2}}},
          {"protocol", protocol},
          {"program",
           {{"extends", "workloads/kvstore-as-measured.json"},
            {"scale", 1},
            {"operations", operations},
            {"populate_operations", 2},
            {"keys", 2},
            {"buckets", 64},
            {"get_ratio", get_ratio},
            {"handle_chunk", "1KiB"}}}};
}

}  // namespace

TEST_CASE("kvstore walk: as released a bucket costs its first touch and the end of the phase") {
  // driver 1: the array of handles; of its bucket CAS of the lock word, the mutex's 16 B and the
  // entry, which server 0 has; at the end 16 B back. driver 0: the entry, which driver 1 has taken
  // in the populating; the lock word is its own. Behind each a READ of one byte.
  const Walk once = {{"copy", {1, 64 * 16}}, {"lock", {1, 8}},       {"mutex_pointer", {1, 16}},
                     {"move", {2, 2 * 40}},  {"lease_end", {1, 16}}, {"flag", {6, 6}}};
  CHECK(messages_of(walked_store("drust-artifact", 2)) == once);
  CHECK(messages_of(walked_store("drust-artifact", 6)) == once);     // later touches send nothing
  CHECK(messages_of(walked_store("drust-artifact", 6, 0)) == once);  // a PUT is the same
}

TEST_CASE("kvstore walk: by the text every operation of another server locks and unlocks there") {
  // the array of handles is still cached from the populating
  CHECK(messages_of(walked_store("drust", 2)) ==
        Walk{{"lock", {1, 8}}, {"guarded_read", {1, 40}}, {"unlock", {1, 8}}});
  CHECK(messages_of(walked_store("drust", 6)) ==
        Walk{{"lock", {3, 3 * 8}}, {"guarded_read", {3, 3 * 40}}, {"unlock", {3, 3 * 8}}});
}

TEST_CASE("kvstore walk: under GAM the lock brings the entry's block, and it stays") {
  // driver 1: W5 of a block at home 0; driver 0: W3 of its own block, which server 1 has dirty
  const Walk once = {{"WRITE", {1, 52}},
                     {"GRANT_DATA", {1, 512}},
                     {"WRITE_REPLY", {1, 20}},
                     {"FETCH_AND_INVALIDATE", {1, 40}},
                     {"FETCHED_DATA", {1, 512}}};
  CHECK(messages_of(walked_store("gam", 2)) == once);
  CHECK(messages_of(walked_store("gam", 6)) == once);
}

TEST_CASE("kvstore walk: under Grappa an operation is one delegate") {
  nlohmann::json store =
      walked_store({{"extends", "protocols/grappa.json"}, {"processes_per_server", 1}}, 2);
  store["program"]["handle_array"] = "none";
  store["program"]["placement"] = "spread";
  // one of the two entries is at the other server's core
  const nlohmann::json get = walk::result_of(store);
  CHECK(get["engine"]["delegates"] == nlohmann::json({{"call_read", 2}}));
  CHECK(get["engine"]["requests"] == nlohmann::json({{"call_read", 1}}));
  CHECK(messages_of(store) == Walk{{"PACKET", {2, 2 * 28 + 32 + (16 + 40)}}});
  store["program"]["get_ratio"] = 0;
  CHECK(messages_of(store) == Walk{{"PACKET", {2, 2 * 28 + (32 + 40) + 16}}});
}
