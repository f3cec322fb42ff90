// One query of the data frame, by all six ids with two aggregates, message by message.
//
// Two servers, 2048 rows, and as many groups; chunks of 4 KiB. So an id has 2 chunks, v3 4, and the
// headers of a column are 96 B (v3: 192 B). What the group-by leaves is three vectors of V = 16
// KiB. Columns id1, id3, id5, v1 and v3 are on server 0, id2, id4 and id6 on server 1. One slot a
// server:
//
//   group-by    on server 0, which reads three columns of server 1
//   takes       id1, id4, id6 and one of id3 and id5 on server 0; id2 and the other on server 1
//   aggregates  v1 on server 0; v3, for which slot is taken then, on server 1
//
// Three closures go to server 1 (three references of 72 B), three results (72 B and a Box) come
// back.

#include <catch2/catch.hpp>

#include "tests/experiment/walk.hpp"

using namespace dsmsim;
using walk::messages_of;
using walk::Walk;

namespace {

constexpr std::uint64_t kChunk = 4096;
constexpr std::uint64_t kVector = 2048 * 8;
constexpr std::uint64_t kIdColumn = 96 + 2 * kChunk;
constexpr std::uint64_t kV3Column = 192 + 4 * kChunk;

nlohmann::json walked_query(const nlohmann::json& protocol) {
  return {{"cluster", {{"extends", "clusters/drust8.json"}, {"servers", 2}}},
          {"protocol", protocol},
          {"program",
           {{"name", "dataframe"},
            {"scale", 1},
            {"rows", 2048},
            {"groups_per_key", 4},
            {"chunk_size", "4KiB"},
            {"repetitions", 0},
            {"large_queries", 1},
            {"workers", 2},
            {"group_by", "1ns"},
            {"take", "1ns"},
            {"aggregate", "1ns"}}}};
}

}  // namespace

TEST_CASE("dataframe walk: the released DRust READs chunks once a server, and vectors every time") {
  // The group-by three columns of three READs each; the two takes on server 1 the first rows, and
  // one column; the aggregate there the groups of the rows, the first rows, and v3 in five READs.
  // The takes of id4 and id6 on server 0 find the chunks there, and read the headers.
  const Walk sent = messages_of(walked_query({{"extends", "protocols/drust-artifact.json"}}));
  const std::uint64_t bytes =
      3 * kIdColumn + 2 * kVector + kIdColumn + 2 * kVector + kV3Column + 2 * 96;
  CHECK(sent == Walk{{"spawn", {3, 3 * 3 * 72}},
                     {"result", {3, 3 * 88}},
                     {"copy", {9 + 2 + 3 + 2 + 5 + 2, bytes}},
                     {"flag", {23, 23}},
                     {"deallocate", {3, 3 * 280}},
                     {"called", {3, 3 * 60}}});
}

TEST_CASE("dataframe walk: in the protocol of the text a vector is READ once a server, too") {
  // Of the vectors, server 1 has copies of two when server 0 drops them.
  CHECK(messages_of(walked_query("drust")) ==
        Walk{{"spawn", {3, 3 * 3 * 72}},
             {"result", {3, 3 * 88}},
             {"copy", {9 + 1 + 3 + 1 + 5, 4 * kIdColumn + 2 * kVector + kV3Column}},
             {"deallocate", {3, 3 * 32}},
             {"invalidate", {2, 2 * 32}},
             {"invalidated", {2, 2 * 32}}});
}

TEST_CASE("dataframe walk: under GAM blocks of 4 KiB are cached") {
  // 6 + 2 + 4 blocks of chunks, twice 4 of vectors, and three blocks in which headers lie: of the
  // ids on either server, and of v3.
  const nlohmann::json protocol = {{"extends", "protocols/gam.json"}, {"block", "4KiB"}};
  CHECK(messages_of(walked_query(protocol)) == Walk{{"spawn", {3, 3 * 3 * 72}},
                                                    {"result", {3, 3 * 88}},
                                                    {"READ", {23, 23 * 40}},
                                                    {"DATA_REPLY", {23, 23 * kChunk}},
                                                    {"FREE", {3, 3 * 20}}});
}

TEST_CASE(
    "dataframe walk: under Grappa each block of 64 bytes is a delegate, wherever a task runs") {
  const auto result = walk::result_of(
      walked_query({{"extends", "protocols/grappa.json"}, {"processes_per_server", 1}}));
  // Blocks of a column of ids 2 + 128, of v3 3 + 256, of a vector 256. Written are the three
  // vectors, the ids of the groups (8 KiB each) and two aggregates (16 KiB each).
  const int reads = 6 * 130 + 6 * (256 + 130) + (2 * 256 + 130) + (2 * 256 + 259);
  CHECK(result["engine"]["delegates"] == nlohmann::json({{"read", reads},
                                                         {"write", 3 * 256 + 6 * 128 + 2 * 256},
                                                         {"allocate", 11},
                                                         {"release", 11}}));
  // About half of the blocks are the other server's.
  CHECK(result["engine"]["requests"]["read"] == 2255);
  CHECK(result["engine"]["requests"]["write"] == 1024);
}
