// Whose data move: the sums behind the amplification metrics (docs/metrics.md).

#include <catch2/catch.hpp>

#include "sim/fabric/ledger.hpp"

namespace dsmsim {
namespace {

using namespace literals;

/// A message of a block of 512 bytes with 16 more.
struct Blocks {
  Ledger ledger{2};
  MessageTypeId block = ledger.declare("block", Verb::write, Purpose::fetch);
  Traffic& traffic = ledger.traffic();
  void send(Cause cause) {
    ledger.record(block, NodeId(0), NodeId(1), 528_B, 554_B, {cause, 512_B});
  }
};

}  // namespace

TEST_CASE("The data of a message count for its cause, the rest of its payload for nothing") {
  Blocks net;
  net.send(Cause::read);
  net.send(Cause::write);
  net.send(Cause::write);
  net.send(Cause::none);
  CHECK(net.traffic.data(Cause::read) == 512_B);
  CHECK(net.traffic.data(Cause::write) == 1024_B);
  CHECK(net.traffic.data(Cause::none) == 512_B);
  CHECK(net.ledger.total(net.block).data == 2048_B);
}

TEST_CASE("A message cannot carry more data than payload, nor a control message any") {
  Ledger ledger(2);
  const MessageTypeId ask = ledger.declare("ask", Verb::send, Purpose::control);
  const MessageTypeId own = ledger.declare("channel", Verb::send, Purpose::program);
  const MessageTypeId data = ledger.declare("data", Verb::write, Purpose::fetch);
  const auto record = [&](MessageTypeId type, Bytes payload, Bytes bytes) {
    ledger.record(type, NodeId(0), NodeId(1), payload, 99_B, {Cause::read, bytes});
  };
  CHECK_THROWS_AS(record(ask, 16_B, 8_B), std::logic_error);
  CHECK_THROWS_AS(record(own, 16_B, 8_B), std::logic_error);
  CHECK_THROWS_AS(record(data, 16_B, 17_B), std::logic_error);
  CHECK_NOTHROW(record(data, 16_B, 16_B));
}

TEST_CASE("The first access to data that came has missed them, later ones find them") {
  Blocks net;
  net.send(Cause::read);
  CachedData cached;
  cached.came(net.traffic, Cause::read, 512_B);
  cached.access(&net.traffic, Cause::read, 8_B);
  cached.access(&net.traffic, Cause::read, 64_B);
  CHECK(net.traffic.missing(Cause::read) == 8_B);
  CHECK_NOTHROW(net.traffic.check());
}

TEST_CASE("What a lock has brought counts for the first access to it") {
  Blocks net;
  net.send(Cause::none);
  CachedData cached;
  cached.came(net.traffic, Cause::none, 512_B);
  CHECK(net.traffic.data(Cause::none) == 512_B);
  cached.access(&net.traffic, Cause::write, 8_B);
  CHECK(net.traffic.data(Cause::none) == 0_B);
  CHECK(net.traffic.data(Cause::write) == 512_B);
  CHECK(net.traffic.missing(Cause::write) == 8_B);
}

TEST_CASE("What hits have written counts when it is written back, no more than leaves") {
  Traffic traffic;
  CachedData cached;
  cached.access(&traffic, Cause::write, 8_B);
  cached.access(&traffic, Cause::read, 100_B);
  cached.access(&traffic, Cause::write, 16_B);
  CHECK(cached.leave(traffic, 512_B) == Cause::write);
  CHECK(traffic.missing(Cause::write) == 24_B);
  CHECK(cached.leave(traffic, 512_B) == Cause::none);  // nobody has written since
  for (int i = 0; i < 100; ++i) {
    cached.access(&traffic, Cause::write, 8_B);
  }
  cached.leave(traffic, 64_B);  // the same bytes again and again
  CHECK(traffic.missing(Cause::write) == 24_B + 64_B);
}

TEST_CASE("Bytes that missed and are written back later count once") {
  Blocks net;
  net.send(Cause::write);
  CachedData cached;
  cached.came(net.traffic, Cause::write, 512_B);
  cached.access(&net.traffic, Cause::write, 8_B);
  cached.access(&net.traffic, Cause::write, 4_B);
  CHECK(cached.leave(net.traffic, 512_B) == Cause::write);
  net.send(Cause::write);
  CHECK(net.traffic.missing(Cause::write) == 8_B + 4_B);
  CHECK(net.traffic.data(Cause::write) == 1024_B);
}

TEST_CASE("Later writes to what a write has fetched count against it, until no data are left") {
  Blocks net;
  net.send(Cause::write);
  CachedData cached;
  cached.came(net.traffic, Cause::write, 512_B);
  for (int i = 0; i < 8; ++i) {
    cached.access(&net.traffic, Cause::write, 8_B);
    cached.access(&net.traffic, Cause::read, 100_B);
  }
  CHECK(net.traffic.missing(Cause::write) == 64_B);
  for (int i = 0; i < 100; ++i) {
    cached.access(&net.traffic, Cause::write, 8_B);
  }
  CHECK(net.traffic.missing(Cause::write) == 512_B);
  CHECK(net.traffic.missing(Cause::read) == 0_B);
  net.send(cached.leave(net.traffic, 512_B));
  CHECK(net.traffic.missing(Cause::write) == 512_B + (8_B * 108 - 512_B));
}

TEST_CASE("Writes to what a read has fetched count when they leave") {
  Blocks net;
  net.send(Cause::read);
  CachedData cached;
  cached.came(net.traffic, Cause::read, 512_B);
  cached.access(&net.traffic, Cause::read, 8_B);
  cached.access(&net.traffic, Cause::write, 8_B);
  CHECK(net.traffic.missing(Cause::write) == 0_B);
  CHECK(cached.leave(net.traffic, 512_B) == Cause::write);
  CHECK(net.traffic.missing(Cause::write) == 8_B);
}

TEST_CASE("A block that was fetched to be written, and was not, is written back for nothing") {
  Traffic traffic;
  CachedData cached;
  cached.came(traffic, Cause::none, 512_B);
  CHECK(cached.leave(traffic, 512_B) == Cause::none);
  CHECK(traffic.missing(Cause::write) == 0_B);
}

TEST_CASE("What came before the measured window is in none of its sums") {
  Blocks net;
  net.send(Cause::write);
  CachedData cached;
  cached.came(net.traffic, Cause::write, 512_B);
  net.ledger.reset();
  cached.access(&net.traffic, Cause::write, 8_B);
  CHECK(net.traffic.data(Cause::write) == 0_B);
  CHECK(net.traffic.missing(Cause::write) == 0_B);
}

TEST_CASE("What was missed before the measured window and leaves in it counts as leaving") {
  Blocks net;
  net.send(Cause::write);
  CachedData cached;
  cached.came(net.traffic, Cause::write, 512_B);
  cached.access(&net.traffic, Cause::write, 8_B);
  net.ledger.reset();
  net.send(cached.leave(net.traffic, 512_B));
  CHECK(net.traffic.data(Cause::write) == 512_B);
  CHECK(net.traffic.missing(Cause::write) == 8_B);
}

TEST_CASE("Data that move for nobody, and bytes for which nothing moves, are found") {
  Traffic idle;
  CHECK_NOTHROW(idle.check());
  Traffic unasked;
  unasked.moved({Cause::read, 512_B});
  CHECK_THROWS_AS(unasked.check(), std::logic_error);
  Traffic unmoved;
  unmoved.missed(Cause::write, 8_B);
  CHECK_THROWS_AS(unmoved.check(), std::logic_error);
  CachedData cached;
  cached.came(idle, Cause::read, 64_B);
  CHECK_THROWS_AS(cached.access(&idle, Cause::read, 65_B), std::logic_error);
}

}  // namespace dsmsim
