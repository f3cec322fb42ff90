// Every row of the released protocol's transactions: exactly these messages, in this order, with
// these bytes, and nothing else; the latency is that of the hops on the requester's critical path.
// Server 0 is the home, server 1 asks, server 2 owns, servers 2 and up share.

#include <catch2/catch.hpp>

#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {
namespace {

using gam::DirectoryState;
using gam::LineState;

GamOptions waiting_for_writes() {
  GamOptions options;
  options.consistency = GamConsistency::tso;
  return options;
}

Bytes payload(const Messages& messages) {
  Bytes sum;
  for (const Message& message : messages) {
    sum += message.payload;
  }
  return sum;
}

/// CPU time to copy a whole block, beyond its first cache line.
const Duration kCopy = 448_B / 80_Gbps;

/// What the messages take, beside the copy. Latencies are rounded to picoseconds in several places.
void check_latency(Duration latency, Duration expected) {
  const Duration actual = latency - kCopy;
  INFO("takes " << to_string(actual) << ", expected " << to_string(expected));
  CHECK(std::abs(actual.ps() - expected.ps()) <= 10);
}

struct GamRow : GamBed {
  explicit GamRow(std::size_t servers, GamOptions options = waiting_for_writes())
      : GamBed(servers, options), object(block(0)) {}
  ~GamRow() {
    CHECK(dut.breakdown_sums_to_latency());
    dut.finish();
  }
  /// Puts the block into the state that servers from 2 on share it.
  void share_with(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      at(2 + i).read(object);
    }
    dut.forget();
  }
  void make_dirty_at(std::uint32_t server) {
    at(server).write(object);
    dut.forget();
  }
  ObjectId object;
};

TEST_CASE("GAM R1: home reads an unshared or shared block without a message") {
  GamRow row(3);
  row.dut.forget();
  CHECK(row.at(0).read(row.object).latency == kCopy);
  row.share_with(1);
  CHECK(row.at(0).read(row.object).latency == kCopy);
  CHECK(row.sent().empty());
}

TEST_CASE("GAM R2: home reads a dirty block in two hops") {
  GamRow row(3);
  row.make_dirty_at(2);
  const Outcome read = row.at(0).read(row.object);
  CHECK(row.sent() ==
        Messages{send_message("FETCH_AND_SHARED", 0, 2, 40_B), data_message("FETCHED_DATA", 2, 0)});
  check_latency(read.latency, one_way(Verb::send, 40_B) + one_way(Verb::write_imm, 512_B));
  CHECK(read.result == 1);
  CHECK(row.state(row.object) == DirectoryState::shared);
  CHECK(row.line(2, row.object)->state == LineState::shared);
  CHECK(row.home_version(row.object) == 1);
}

TEST_CASE("GAM R3: a read of a shared or dirty line hits") {
  GamRow row(3);
  row.share_with(1);
  CHECK(row.at(2).read(row.object).latency == kCopy);
  row.make_dirty_at(2);
  CHECK(row.at(2).read(row.object).result == 1);
  CHECK(row.sent().empty());
}

TEST_CASE("GAM R4: a read miss of an unshared or shared block takes two hops") {
  GamRow row(3);
  row.dut.forget();
  const Duration expected = one_way(Verb::send, 40_B) + one_way(Verb::write_imm, 512_B);
  check_latency(row.at(1).read(row.object).latency, expected);
  const Messages first = row.sent();
  CHECK(first == Messages{send_message("READ", 1, 0, 40_B), data_message("DATA_REPLY", 0, 1)});
  CHECK(payload(first) == 552_B);
  check_latency(row.at(2).read(row.object).latency, expected);
  CHECK(row.sent() == Messages{send_message("READ", 2, 0, 40_B), data_message("DATA_REPLY", 0, 2)});
  CHECK(row.entry(row.object)->sharers.size() == 2);
}

TEST_CASE("GAM R5: a read miss of a dirty block takes three hops, and its data goes home as well") {
  GamRow row(3);
  row.make_dirty_at(2);
  const Outcome read = row.at(1).read(row.object);
  const Messages sent = row.sent();
  CHECK(sent == Messages{send_message("READ", 1, 0, 40_B), send_message("READ_FORWARD", 0, 2, 48_B),
                         data_message("DATA_REPLY", 2, 1), data_message("HOME_COPY", 2, 0)});
  CHECK(payload(sent) == 1112_B);
  check_latency(read.latency, one_way(Verb::send, 40_B) + one_way(Verb::send, 48_B) +
                                  one_way(Verb::write_imm, 512_B));
  CHECK(read.result == 1);
  CHECK(row.entry(row.object)->sharers.size() == 2);
  CHECK(row.home_version(row.object) == 1);
}

TEST_CASE("GAM W1: home writes an unshared block without a message") {
  GamRow row(2);
  row.dut.forget();
  CHECK(row.at(0).write(row.object).result == 1);
  CHECK(row.sent().empty());
  CHECK(row.entry(row.object) == nullptr);
}

TEST_CASE("GAM W2: home invalidates every sharer and waits for the last acknowledgement") {
  GamRow row(5);
  row.share_with(3);
  const Outcome write = row.at(0).write(row.object);
  const Messages sent = row.sent();
  CHECK(sent ==
        Messages{send_message("INVALIDATE", 0, 2, 40_B), send_message("INVALIDATE", 0, 3, 40_B),
                 send_message("INVALIDATE", 0, 4, 40_B), ack_message("INVALIDATE_ACK", 2, 0),
                 ack_message("INVALIDATE_ACK", 3, 0), ack_message("INVALIDATE_ACK", 4, 0)});
  CHECK(payload(sent) == 40_B * 3);
  check_latency(write.latency,
                one_way(Verb::send, 40_B) + kPost * 2 + one_way(Verb::write_imm, 0_B));
  CHECK(row.entry(row.object) == nullptr);
  CHECK(row.line(3, row.object) == nullptr);
}

TEST_CASE("GAM W3: home takes a dirty block back in two hops") {
  GamRow row(3);
  row.make_dirty_at(2);
  const Outcome write = row.at(0).write(row.object);
  CHECK(row.sent() == Messages{send_message("FETCH_AND_INVALIDATE", 0, 2, 40_B),
                               data_message("FETCHED_DATA", 2, 0)});
  check_latency(write.latency, one_way(Verb::send, 40_B) + one_way(Verb::write_imm, 512_B));
  CHECK(write.result == 2);
  CHECK(row.entry(row.object) == nullptr);
  CHECK(row.line(2, row.object) == nullptr);
}

TEST_CASE("GAM W4: a write of a dirty line hits") {
  GamRow row(3);
  row.make_dirty_at(1);
  CHECK(row.at(1).write(row.object).result == 2);
  CHECK(row.sent().empty());
}

TEST_CASE("GAM W5: a write miss of an unshared block takes two hops, data and grant come apart") {
  GamRow row(2);
  row.dut.forget();
  const Outcome write = row.at(1).write(row.object);
  const Messages sent = row.sent();
  CHECK(sent == Messages{send_message("WRITE", 1, 0, 52_B),
                         {"GRANT_DATA", Verb::write, 0, 1, 512_B},
                         send_message("WRITE_REPLY", 0, 1, 20_B)});
  CHECK(payload(sent) == 584_B);
  CHECK(write.latency > one_way(Verb::send, 52_B) + one_way(Verb::write, 512_B));
  CHECK(write.latency <
        kCopy + one_way(Verb::send, 52_B) + kPost + one_way(Verb::write_imm, 512_B));
  CHECK(row.state(row.object) == DirectoryState::dirty);
  CHECK(row.line(1, row.object)->state == LineState::dirty);
  CHECK(row.home_version(row.object) == 0);
}

TEST_CASE("GAM W6: a write miss of a block with two sharers takes four hops") {
  GamRow row(4);
  row.share_with(2);
  const Outcome write = row.at(1).write(row.object);
  const Messages sent = row.sent();
  CHECK(sent == Messages{send_message("WRITE", 1, 0, 52_B),
                         send_message("INVALIDATE_FORWARD", 0, 2, 48_B),
                         send_message("INVALIDATE_FORWARD", 0, 3, 48_B),
                         ack_message("INVALIDATE_ACK", 2, 0),
                         ack_message("INVALIDATE_ACK", 3, 0),
                         {"GRANT_DATA", Verb::write, 0, 1, 512_B},
                         send_message("WRITE_REPLY", 0, 1, 20_B)});
  CHECK(payload(sent) == 584_B + 48_B * 2);
  const Duration acknowledged =
      one_way(Verb::send, 52_B) + one_way(Verb::send, 48_B) + kPost + one_way(Verb::write_imm, 0_B);
  CHECK(write.latency > acknowledged + one_way(Verb::write, 512_B));
  CHECK(write.latency < kCopy + acknowledged + kPost + one_way(Verb::write_imm, 512_B));
  CHECK(row.entry(row.object)->owner().server == NodeId(1));
}

TEST_CASE("GAM W7: an upgrade takes four hops and moves no data") {
  GamRow row(4);
  row.share_with(2);
  row.at(1).read(row.object);
  row.dut.forget();
  const Outcome write = row.at(1).write(row.object);
  const Messages sent = row.sent();
  CHECK(sent == Messages{send_message("WRITE_PERMISSION_ONLY", 1, 0, 52_B),
                         send_message("INVALIDATE_FORWARD", 0, 2, 48_B),
                         send_message("INVALIDATE_FORWARD", 0, 3, 48_B),
                         ack_message("INVALIDATE_ACK", 2, 0), ack_message("INVALIDATE_ACK", 3, 0),
                         send_message("WRITE_REPLY", 0, 1, 20_B)});
  CHECK(payload(sent) == 72_B + 48_B * 2);
  check_latency(write.latency, one_way(Verb::send, 52_B) + one_way(Verb::send, 48_B) + kPost +
                                   one_way(Verb::write_imm, 0_B) + one_way(Verb::send, 20_B));
  CHECK(write.result == 1);
}

TEST_CASE("GAM W7: an upgrade by the only sharer takes two hops") {
  GamRow row(2);
  row.at(1).read(row.object);
  row.dut.forget();
  const Outcome write = row.at(1).write(row.object);
  CHECK(row.sent() == Messages{send_message("WRITE_PERMISSION_ONLY", 1, 0, 52_B),
                               send_message("WRITE_REPLY", 0, 1, 20_B)});
  check_latency(write.latency, one_way(Verb::send, 52_B) + one_way(Verb::send, 20_B));
}

TEST_CASE("GAM W8: a write of a dirty block waits for its owner's data and home's word") {
  GamRow row(3);
  row.make_dirty_at(2);
  const Outcome write = row.at(1).write(row.object);
  const Messages sent = row.sent();
  CHECK(sent == Messages{send_message("WRITE", 1, 0, 52_B),
                         send_message("WRITE_FORWARD", 0, 2, 48_B),
                         data_message("DATA_REPLY", 2, 1), ack_message("FORWARD_ACK", 2, 0),
                         ack_message("OWNERSHIP_ACK", 0, 1)});
  CHECK(payload(sent) == 612_B);
  check_latency(write.latency, one_way(Verb::send, 52_B) + one_way(Verb::send, 48_B) + kPost +
                                   one_way(Verb::write_imm, 0_B) * 2);
  CHECK(write.result == 2);
  CHECK(row.line(2, row.object) == nullptr);
  CHECK(row.entry(row.object)->owner().server == NodeId(1));
  CHECK(row.home_version(row.object) == 0);
}

TEST_CASE("GAM E1: a clean line is evicted with one notice") {
  GamOptions options = waiting_for_writes();
  options.cache = 512_B;
  options.lru_lists = 1;
  GamRow row(2, options);
  const ObjectId other = row.block(0);
  row.at(1).read(row.object);
  row.dut.forget();
  row.at(1).read(other);
  CHECK(row.sent() == Messages{send_message("READ", 1, 0, 40_B),
                               send_message("ACTIVE_INVALIDATE", 1, 0, 28_B),
                               data_message("DATA_REPLY", 0, 1)});
  CHECK(row.entry(row.object) == nullptr);
  CHECK(row.line(1, row.object) == nullptr);
}

TEST_CASE("GAM E2: a dirty line is written back, and dies when home has acknowledged that") {
  GamOptions options = waiting_for_writes();
  options.cache = 512_B;
  options.lru_lists = 1;
  GamRow row(2, options);
  const ObjectId other = row.block(0);
  row.at(1).write(row.object);
  row.dut.forget();
  row.at(1).read(other);
  CHECK(row.sent() == Messages{send_message("READ", 1, 0, 40_B),
                               {"WRITE_BACK_DATA", Verb::write, 1, 0, 512_B},
                               send_message("WRITE_BACK", 1, 0, 28_B),
                               data_message("DATA_REPLY", 0, 1),
                               ack_message("WRITE_BACK_ACK", 0, 1)});
  CHECK(row.entry(row.object) == nullptr);
  CHECK(row.line(1, row.object) == nullptr);
  CHECK(row.home_version(row.object) == 1);
}

TEST_CASE("GAM: an access that spans blocks sends for all of them at once") {
  GamRow row(2);
  const ObjectId large = row.at(0).allocate(1536_B, NodeId(0));
  row.dut.forget();
  const Outcome read = row.at(1).read(large);
  CHECK(row.sent() == Messages{send_message("READ", 1, 0, 40_B), send_message("READ", 1, 0, 40_B),
                               send_message("READ", 1, 0, 40_B), data_message("DATA_REPLY", 0, 1),
                               data_message("DATA_REPLY", 0, 1), data_message("DATA_REPLY", 0, 1)});
  CHECK(read.latency < (one_way(Verb::send, 40_B) + one_way(Verb::write_imm, 512_B)) * 2);
  CHECK(row.at(1).read(large).latency == 1472_B / 80_Gbps);
}

TEST_CASE("GAM: objects of one block share their fate") {
  GamRow row(3);
  const ObjectId left = row.at(0).allocate(40_B, NodeId(0));
  const ObjectId right = row.at(0).allocate(40_B, NodeId(0));
  row.at(1).write(left);
  row.dut.forget();
  CHECK(row.at(2).write(right).result == 2);
  CHECK(row.sent().size() == 5);
  CHECK(row.line(1, left) == nullptr);
}

TEST_CASE("GAM: memory elsewhere is asked for with MALLOC and given up with FREE") {
  GamRow row(2);
  row.dut.forget();
  const ObjectId object = row.at(1).allocate(512_B, NodeId(0));
  CHECK(row.sent() ==
        Messages{send_message("MALLOC", 1, 0, 24_B), send_message("MALLOC_REPLY", 0, 1, 24_B)});
  row.at(1).release(object);
  CHECK(row.sent() == Messages{send_message("FREE", 1, 0, 20_B)});
}

}  // namespace
}  // namespace dsmsim::testing
