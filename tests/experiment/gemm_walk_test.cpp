// A group of seven leaves of the matrix multiplication, message by message.
//
// Two servers with four slots each: leaves 1, 3, 5 and 7 run on server 0, where their operands are,
// leaves 2, 4 and 6 on server 1. A matrix has 64 x 64 elements, S = 16 KiB. Server 0 then adds:
//
//   m7 += m1, m4, m5;  m5 += m3;  m4 += m2;  m1 += m2, m3, m6
//
// so m4 is first read, then written; m2 is read twice, and m6 once.

#include <catch2/catch.hpp>

#include "tests/experiment/walk.hpp"

using namespace dsmsim;
using walk::messages_of;
using walk::Walk;

namespace {

constexpr std::uint64_t kMatrix = 64 * 64 * 4;

nlohmann::json walked_gemm(const nlohmann::json& protocol) {
  return {{"cluster", {{"extends", "clusters/drust8.json"}, {"servers", 2}}},
          {"protocol", protocol},
          {"program",
           {{"name", "gemm"},
            {"scale", 1},
            {"size", 128},
            {"base", 32},
            {"levels", 1},
            {"slots_per_server", 4},
            {"base_product", "1us"}}}};
}

}  // namespace

TEST_CASE("gemm walk: the released DRust READs what it first reads and then writes twice") {
  // Three leaves copy two operands each; then m4, m2 and m6 are copied and m4 is moved. A closure
  // has two references of 72 B, a result a vector of 72 B and a Box. m4's old place and, at the
  // end, m2 and m6 are given up by calls.
  const Walk sent = messages_of(walked_gemm({{"extends", "protocols/drust-artifact.json"}}));
  CHECK(sent == Walk{{"spawn", {3, 3 * 144}},
                     {"result", {3, 3 * 88}},
                     {"copy", {6 + 3, 9 * kMatrix}},
                     {"move", {1, kMatrix}},
                     {"flag", {10, 10}},
                     {"deallocate", {3, 3 * 280}},
                     {"called", {3, 3 * 60}}});
}

TEST_CASE(
    "gemm walk: by the paper's rule the copy becomes the object, unless that is switched off") {
  // The copies of the operands stay on server 1 until server 0 drops these.
  Walk expected = {{"spawn", {3, 3 * 144}},        {"result", {3, 3 * 88}},
                   {"copy", {6 + 3, 9 * kMatrix}}, {"deallocate", {3, 3 * 32}},
                   {"invalidate", {6, 6 * 32}},    {"invalidated", {6, 6 * 32}}};
  CHECK(messages_of(walked_gemm("drust")) == expected);
  expected["move"] = {1, kMatrix};
  CHECK(messages_of(walked_gemm(
            {{"extends", "protocols/drust.json"}, {"promotion", "read_again"}})) == expected);
}

TEST_CASE("gemm walk: under GAM a matrix is as many blocks as it has") {
  // Of 4 KiB each: 6 operands to server 1, and m2, m4 and m6 to server 0, which keeps them; to
  // write m4 it asks for the permission alone.
  const nlohmann::json protocol = {{"extends", "protocols/gam.json"}, {"block", "4KiB"}};
  CHECK(messages_of(walked_gemm(protocol)) == Walk{{"spawn", {3, 3 * 144}},
                                                   {"result", {3, 3 * 88}},
                                                   {"READ", {36, 36 * 40}},
                                                   {"DATA_REPLY", {36, 36 * 4096}},
                                                   {"WRITE_PERMISSION_ONLY", {4, 4 * 52}},
                                                   {"WRITE_REPLY", {4, 4 * 20}},
                                                   {"FREE", {3, 3 * 20}}});
}

TEST_CASE("gemm walk: under Grappa a matrix is 256 blocks, half of them on each server") {
  const auto result = walk::result_of(
      walked_gemm({{"extends", "protocols/grappa.json"}, {"processes_per_server", 1}}));
  // Read: 24 quarters, 14 operands by the leaves, two for each of 8 additions, 4 quarters of the
  // result. Written: 14 operands, 7 results, 8 sums and 4 quarters.
  CHECK(result["engine"]["delegates"] == nlohmann::json({{"read", 58 * 256},
                                                         {"write", 33 * 256},
                                                         {"allocate", 14 + 7 + 1},
                                                         {"release", 2 + 14 + 7}}));
  CHECK(result["engine"]["requests"] ==
        nlohmann::json({{"read", 58 * 128}, {"write", 33 * 128}, {"allocate", 3}}));
}
