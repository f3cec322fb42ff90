// One compose_post of the social network on four servers, message by message. The seed's request
// has its media, its text and its video where all five calls and all accesses cross the network.

#include <catch2/catch.hpp>

#include "tests/experiment/walk.hpp"
#include "workloads/socialnet/socialnet.hpp"

using namespace dsmsim;
using walk::messages_of;
using walk::Walk;

namespace {

nlohmann::json one_request(const nlohmann::json& protocol) {
  return {
      {"cluster", {{"extends", "clusters/drust8.json"}, {"servers", 4}}},
      {"protocol", protocol},
      {"program",
       {{"extends", "workloads/socialnet.json"}, {"scale", 1}, {"requests", 1}, {"videos", 1}}}};
}

/// 250 B and 3.57 characters for each byte: closure 64, identifier 8, header 72, text 64, post 208;
/// 60 B and as many: four times one word, and a reference of 72 B.
Walk with_calls(Walk others) {
  others["rpc_request"] = {5, 5 * 250 + 228 + 29 + 257 + 228 + 743};
  others["rpc_reply"] = {5, 5 * 60 + 4 * 29 + 257};
  return others;
}

}  // namespace

TEST_CASE("socialnet walk: as released a request READs headers, frames and texts") {
  // Headers, five frames, the text twice; the text is written back. Behind each a READ of one byte.
  // The storage server drops the watermarked frames, which the media server has: a call.
  CHECK(messages_of(one_request("drust-artifact")) ==
        with_calls({{"unsafe_read", {8, 5 * 80 + 5 * 388'800 + 2 * 176}},
                    {"unsafe_write", {1, 176}},
                    {"flag", {9, 9}},
                    {"deallocate", {1, 280}},
                    {"called", {1, 60}}}));
}

TEST_CASE("socialnet walk: under GAM each block of a frame is read, and the text once") {
  // Blocks of 512 B: 760 of a frame, one of headers, one of the text, which then is written there
  // and read again in the cache. The watermarked frames are freed at the media server.
  constexpr std::uint64_t blocks = 5 * 760 + 2;
  CHECK(messages_of(one_request("gam")) == with_calls({{"READ", {blocks, blocks * 40}},
                                                       {"DATA_REPLY", {blocks, blocks * 512}},
                                                       {"WRITE_PERMISSION_ONLY", {1, 52}},
                                                       {"WRITE_REPLY", {1, 20}},
                                                       {"FREE", {1, 20}}}));
}

TEST_CASE("socialnet walk: by value the calls carry everything") {
  nlohmann::json request = one_request("drust-artifact");
  request["program"]["passing"] = "value";
  const Walk sent = messages_of(request);
  const auto text = [](double bytes) { return static_cast<std::uint64_t>(bytes * 3.57 + 0.5); };
  const std::uint64_t video = 5 * (388'800 + 80);
  CHECK(sent.size() == 2);
  CHECK(sent.at("rpc_request").bytes ==
        5 * 250 + 228 + 29 + text(72 + video) + text(64 + 176) + text(208 + 176));
  CHECK(sent.at("rpc_reply").bytes == 5 * 60 + 3 * 29 + text(72 + video) + text(8 + 176));
}

TEST_CASE("The places of a request are those of the released program") {
  CHECK(storage_of(1).first == 0);
  CHECK(storage_of(2).first == 1);
  CHECK((storage_of(3).servers == 2 && storage_of(3).first == 1));
  CHECK((storage_of(8).servers == 2 && storage_of(8).first == 2));
  const SocialnetPlaces places = places_of(5, 8);  // 5 * 107 mod 8, 5 * 113 mod 8, 22 * 107 mod 2
  CHECK(places.media == NodeId(7));
  CHECK(places.text == NodeId(5));
  CHECK(places.storage == NodeId(2));
  CHECK(places.video == 22 * 107 / 2);
}

TEST_CASE("One server composes as many posts a second as was published") {
  nlohmann::json run = one_request("local");
  run["cluster"]["servers"] = 1;
  run["program"]["requests"] = 256;
  const auto rate = [](const nlohmann::json& result) {
    return 256 / result["measured_s"].get<double>();
  };
  CHECK(rate(walk::result_of(run)) == Approx(2.187 * 120).epsilon(0.01));
  run["program"]["passing"] = "value";
  CHECK(rate(walk::result_of(run)) == Approx(120).epsilon(0.01));
}
