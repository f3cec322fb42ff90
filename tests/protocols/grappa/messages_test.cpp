// The table of Grappa's messages: which operation sends what, and how many bytes. k = 1, so a
// packet has a header of 28 bytes.

#include <catch2/catch.hpp>

#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/grappa/fixture.hpp"

namespace dsmsim::testing {
namespace {

/// What an operation sends to another server and back: one message in each packet.
Messages exchange(std::uint32_t from, std::uint32_t to, Bytes request, Bytes reply) {
  return {{"PACKET", Verb::send, from, to, 28_B + request},
          {"PACKET", Verb::send, to, from, 28_B + reply}};
}

TEST_CASE("Grappa: the first objects lie at the last cores, whoever allocates") {
  GrappaBed bed(3);
  CHECK(bed.home(bed.at(0).allocate(8_B)) == 2);
  CHECK(bed.home(bed.at(1).allocate(8_B)) == 1);
  CHECK(bed.home(bed.at(2).allocate(8_B)) == 0);
}

TEST_CASE("Grappa: every delegate is a request and a reply of the bytes of its closure") {
  GrappaBed bed(2);
  const ObjectId word = bed.at(0).allocate(8_B);
  REQUIRE(bed.home(word) == 1);
  const ObjectId skipped = bed.at(0).allocate(64_B);
  const ObjectId block = bed.at(0).allocate(64_B);
  REQUIRE(bed.home(skipped) == 0);
  REQUIRE(bed.home(block) == 1);
  Puppet& alice = bed.at(0);
  const auto check = [&](const Op& op, Bytes request, Bytes reply) {
    INFO(to_string(op.kind));
    bed.dut.forget();
    alice.run(op);
    CHECK(bed.dut.sent() == exchange(0, 1, request, reply));
  };
  check(alice.whole(OpKind::read, word), 24_B, 24_B);
  check(alice.whole(OpKind::read, block), 24_B, 80_B);
  check(Op::read(block, 10_B, 13_B), 24_B, 32_B);
  check(alice.whole(OpKind::write, word), 32_B, 16_B);
  check(alice.whole(OpKind::write, block), 88_B, 16_B);
  check(Op::atomic_add(word, Bytes(), 1), 32_B, 24_B);
  check(Op::atomic_cas(word, Bytes(), 0, 1), 40_B, 24_B);
  check(alice.whole(OpKind::lock, word), 24_B, 16_B);
  check(alice.whole(OpKind::try_rlock, word), 24_B, 24_B);
  CHECK(alice.last().result == 0);
  check(alice.whole(OpKind::unlock, word), 24_B, 16_B);
  check(alice.whole(OpKind::rlock, word), 24_B, 16_B);
  check(alice.whole(OpKind::try_lock, word), 24_B, 24_B);
  CHECK(alice.last().result == 0);
  check(alice.whole(OpKind::unlock, word), 24_B, 16_B);
  bed.dut.finish();
}

TEST_CASE("Grappa: the allocator is at core 0") {
  GrappaBed bed(2);
  bed.dut.forget();
  bed.at(0).allocate(8_B);
  CHECK(bed.dut.sent().empty());
  const ObjectId object = bed.at(1).allocate(8_B);
  CHECK(bed.dut.sent() == exchange(1, 0, 24_B, 24_B));
  bed.at(1).release(object);
  CHECK(bed.dut.sent() == exchange(1, 0, 24_B, 16_B));
  CHECK_THROWS_WITH(bed.at(1).read(object), Catch::Contains("not allocated"));
}

TEST_CASE("Grappa: what is at home at the caller's core is a call, without a message") {
  GrappaBed bed(2);
  const ObjectId word = bed.at(1).allocate(8_B);
  REQUIRE(bed.home(word) == 1);
  Puppet& bob = bed.at(1);
  bed.dut.forget();
  bob.write(word);
  CHECK(bob.read(word).result == 1);
  bob.lock(word);
  bob.unlock(word);
  bob.run(Op::atomic_add(word, Bytes(), 5));
  bob.run(Op::atomic_add(word, Bytes(), 5));
  CHECK(bob.last().result == 5);
  bob.borrow(word);
  CHECK(bed.dut.sent().empty());
  const grappa::Counters& counters = bed.engine().counters();
  CHECK(counters.short_circuits[static_cast<std::size_t>(grappa::Kind::add)] == 2);
  CHECK(counters.requests[static_cast<std::size_t>(grappa::Kind::add)] == 0);
}

TEST_CASE("Grappa: another core of the server is asked without the network") {
  GrappaBed bed(2, grappa_options(2));
  bed.at(0).allocate(64_B);
  bed.at(0).allocate(64_B);
  const ObjectId word = bed.at(0).allocate(8_B);
  REQUIRE(bed.home(word) == 1);  // the second core of server 0
  bed.dut.forget();
  CHECK(bed.at(0).write(word).result == 1);
  CHECK(bed.at(0).read(word).latency > 0_ns);
  CHECK(bed.dut.sent().empty());
  const nlohmann::ordered_json counters = report_of(bed.engine());
  CHECK(counters["requests"] == nlohmann::json({{"write", 1}, {"read", 1}}));
  CHECK(counters["replies"] == nlohmann::json({{"write", 1}, {"read", 1}}));
  CHECK(counters["packets"] == 0);
  bed.dut.finish();
}

TEST_CASE("Grappa: the cores of a server share packets, and one of them sends and receives") {
  GrappaBed bed(2, grappa_options(2));
  const ObjectId word = bed.at(0).allocate(8_B);
  REQUIRE(bed.home(word) == 3);
  Puppet& second = bed.dut.thread(0);
  second.run(Op::fence());
  bed.dut.forget();
  bed.at(0).start(bed.at(0).whole(OpKind::read, word));
  second.start(second.whole(OpKind::read, word));
  bed.dut.run();
  CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 0, 1, 32_B + 48_B},
                                   {"PACKET", Verb::send, 1, 0, 32_B + 48_B}});
}

TEST_CASE("Grappa: an access to several blocks is a delegate for each, all at once") {
  GrappaBed bed(2);
  const ObjectId array = bed.at(0).allocate(256_B);
  bed.dut.forget();
  CHECK(bed.at(0).write(array).result == 1);
  CHECK(bed.dut.sent() == exchange(0, 1, 176_B, 32_B));
  bed.at(0).run(Op::read(array, 60_B, 8_B));
  CHECK(bed.dut.sent() == exchange(0, 1, 24_B, 24_B));
  CHECK(bed.engine().counters().delegates[static_cast<std::size_t>(grappa::Kind::read)] == 2);
  CHECK(bed.dut.breakdown_sums_to_latency());
}

TEST_CASE("Grappa: packets are cut at the size of a buffer") {
  GrappaOptions options = grappa_options();
  options.packet = 28_B + 32_B + 200_B;
  GrappaBed bed(2, options);
  const ObjectId array = bed.at(0).allocate(512_B);
  bed.dut.forget();
  bed.at(0).write(array);
  CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 0, 1, 28_B + 176_B},
                                   {"PACKET", Verb::send, 0, 1, 28_B + 176_B},
                                   {"PACKET", Verb::send, 1, 0, 28_B + 64_B}});
}

TEST_CASE("Grappa: without aggregation every message travels alone, and at once") {
  GrappaOptions options = grappa_options();
  options.aggregation = false;
  GrappaBed bed(2, options);
  const ObjectId array = bed.at(0).allocate(256_B);
  bed.dut.forget();
  CHECK(bed.at(0).write(array).latency < 10_us);
  CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 0, 1, 28_B + 88_B},
                                   {"PACKET", Verb::send, 0, 1, 28_B + 88_B},
                                   {"PACKET", Verb::send, 1, 0, 28_B + 16_B},
                                   {"PACKET", Verb::send, 1, 0, 28_B + 16_B}});
}

TEST_CASE("Grappa: an asynchronous write is a request, and completions come together") {
  GrappaOptions options = grappa_options();
  options.writes = GrappaWrites::asynchronous;
  options.completion = GrappaCompletion::task;
  GrappaBed bed(2, options);
  const ObjectId a = bed.at(0).allocate(8_B);
  bed.at(0).allocate(8_B);
  const ObjectId b = bed.at(0).allocate(8_B);
  bed.at(0).allocate(8_B);
  const ObjectId c = bed.at(0).allocate(8_B);
  bed.dut.forget();
  Puppet& alice = bed.at(0);
  for (const ObjectId object : {a, b, c}) {
    alice.start(alice.whole(OpKind::write, object));
  }
  alice.start(Op::fence());
  bed.dut.run();
  // The first write's completion, and one for the two others.
  CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 0, 1, 28_B + 96_B},
                                   {"PACKET", Verb::send, 1, 0, 28_B + 24_B},
                                   {"PACKET", Verb::send, 1, 0, 28_B + 24_B}});
  CHECK(alice.outcomes().end()[-2].latency < 1_us);
  CHECK(alice.outcomes().back().latency > 10_us);
  bed.dut.finish();
}

TEST_CASE("Grappa: a lock that is taken parks the delegate at its home, the newest is first") {
  GrappaBed bed(3);
  const ObjectId word = bed.at(0).allocate(8_B);
  REQUIRE(bed.home(word) == 2);
  bed.at(1).lock(word);
  bed.dut.forget();
  bed.at(0).start(bed.at(0).whole(OpKind::lock, word));
  bed.dut.run();
  CHECK(bed.dut.sent() == Messages{{"PACKET", Verb::send, 0, 2, 52_B}});
  bed.at(2).start(bed.at(2).whole(OpKind::rlock, word));
  bed.dut.run();
  bed.at(1).unlock(word);
  CHECK(bed.at(0).busy());
  CHECK_FALSE(bed.at(2).busy());
  bed.at(2).unlock(word);
  bed.dut.run();
  CHECK_FALSE(bed.at(0).busy());
  bed.at(0).unlock(word);
  CHECK_THROWS_WITH(bed.at(0).unlock(word), Catch::Contains("does not hold"));
}

TEST_CASE("Grappa: mistakes of programs and of files are refused") {
  GrappaBed bed(2);
  const ObjectId word = bed.at(0).allocate(8_B);
  CHECK_THROWS_WITH(bed.at(0).run(Op::read(word, 4_B, 8_B)),
                    Catch::Contains("8 B only") || Catch::Contains("8B only"));
  CHECK_THROWS_WITH(bed.at(1).allocate(Bytes(std::uint64_t{1} << 50)),
                    Catch::Contains("out of memory"));
  GrappaOptions many = grappa_options(65);
  CHECK_THROWS_WITH(GrappaBed(2, many), Catch::Contains("65 processes"));
  GrappaOptions small = grappa_options();
  small.packet = 256_B;
  small.block = 512_B;
  CHECK_THROWS_WITH(GrappaBed(2, small), Catch::Contains("no room for a message"));
}

}  // namespace
}  // namespace dsmsim::testing
