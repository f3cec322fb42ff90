// One list of rows makes the kinds of messages, their table and their types in the ledger.

#include "sim/dsm/kit/messages.hpp"

#include <catch2/catch.hpp>

namespace dsmsim {
namespace {

struct Row : MessageRow {
  std::uint32_t bytes;
};

// clang-format off
#define PING_MESSAGES(MESSAGE)                                \
  MESSAGE(ping, "PING", Verb::send, Purpose::control, 16)     \
  MESSAGE(pong, "PONG", Verb::send, Purpose::control, 24)     \
  MESSAGE(data, "DATA", Verb::write, Purpose::fetch, 4096)
// clang-format on
DSMSIM_MESSAGES(PingKind, Row, PING_MESSAGES);

TEST_CASE("A list of messages makes the kinds and their table") {
  STATIC_REQUIRE(message_count<PingKind>() == 3);
  STATIC_REQUIRE(row_of(PingKind::pong).name == "PONG");
  STATIC_REQUIRE(row_of(PingKind::pong).bytes == 24);
  STATIC_REQUIRE(row_of(PingKind::data).verb == Verb::write);
}

TEST_CASE("The ledger knows each kind, whatever is declared before, and leads back to it") {
  Ledger ledger(2);
  const MessageTypeId before = ledger.declare("channel", Verb::send, Purpose::program);
  const MessageTypes<PingKind> types(ledger);
  const MessageTypeId after = ledger.declare("spawn", Verb::send, Purpose::program);
  CHECK(ledger.declares(types[PingKind::data], Verb::write));
  CHECK(ledger.types()[types[PingKind::data].index()].purpose == Purpose::fetch);
  CHECK(types.kind(types[PingKind::pong]) == PingKind::pong);
  CHECK(types.contain(types[PingKind::ping]));
  CHECK(!types.contain(before));
  CHECK(!types.contain(after));
}

TEST_CASE("Without a fabric there are no messages") {
  const MessageTypes<PingKind> types;
  CHECK(!types[PingKind::ping].valid());
  CHECK(!types.contain(MessageTypeId(0)));
}

}  // namespace
}  // namespace dsmsim
