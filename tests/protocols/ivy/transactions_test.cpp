// Every row of the page directory's transactions: exactly these messages, in this order, with these
// bytes, and nothing else. Server 0 is the home, server 1 asks, server 2 is the owner, server 3 has
// a copy.

#include <catch2/catch.hpp>

#include "sim/base/error.hpp"
#include "tests/protocols/ivy/fixture.hpp"

namespace dsmsim::testing {
namespace {

using namespace literals;
using paging::Permission;

constexpr Bytes kText = 16_B;
constexpr Bytes kPage = 16_B + 4_KiB;

Message text(const char* type, std::uint32_t from, std::uint32_t to) {
  return {type, Verb::send, from, to, kText};
}
Message page(const char* type, std::uint32_t from, std::uint32_t to) {
  return {type, Verb::write_imm, from, to, kPage};
}

IvyOptions priced() {
  IvyOptions options;
  options.costs.fault = 1000_ns;
  options.costs.service = 800_ns;
  options.costs.unmap = 1470_ns;
  return options;
}

struct IvyRow {
  explicit IvyRow(IvyOptions options = priced())
      : dut(4,
            [&](EngineContext context) { return std::make_unique<IvyEngine>(context, options); }) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      threads.push_back(&dut.thread(i));
    }
    object = threads[0]->allocate(64_B);
  }
  ~IvyRow() {
    CHECK(dut.breakdown_sums_to_latency());
    dut.finish();
  }
  Permission permission(std::uint32_t server) {
    const auto& engine = dut.engine<IvyEngine>();
    const paging::Frame* const frame =
        engine.mapped(NodeId(server), engine.shape().page_of(engine.address_of(object)));
    return frame == nullptr ? Permission::none : frame->permission;
  }
  Dut dut;
  std::vector<Puppet*> threads;
  ObjectId object;
};

TEST_CASE("IVY: a home uses its own page without a message, and faults once") {
  IvyRow row;
  CHECK(row.threads[0]->write(row.object).latency > 1000_ns);
  CHECK(row.threads[0]->write(row.object).latency == testbed_server().touch(64_B));
  CHECK(row.dut.sent().empty());
}

TEST_CASE("IVY: a read fault that the home's memory answers is three messages") {
  IvyRow row;
  row.threads[0]->write(row.object);
  const Outcome read = row.threads[1]->read(row.object);
  CHECK(row.dut.sent() ==
        Messages{text("READ_FAULT", 1, 0), page("COPY", 0, 1), text("CONFIRMATION", 1, 0)});
  CHECK(row.permission(0) == Permission::read);
  CHECK(row.permission(1) == Permission::read);
  CHECK(row.threads[1]->read(row.object).latency == testbed_server().touch(64_B));
  CHECK(row.dut.sent().empty());
  // The trap, a worker at the home and one here; SEND and WRITE take their own way each.
  const Duration network = row.dut.latency_of(Verb::write, kText);
  CHECK(read.latency > 2600_ns);
  CHECK(read.latency < 2600_ns + network * 4 + kPage / 40_Gbps + 1_us);
}

TEST_CASE("IVY: a read fault goes on to the owner, who keeps a copy") {
  IvyRow row;
  row.threads[2]->write(row.object);
  row.dut.forget();
  row.threads[1]->read(row.object);
  CHECK(row.dut.sent() == Messages{text("READ_FAULT", 1, 0), text("FETCH_COPY", 0, 2),
                                   page("COPY", 2, 1), text("CONFIRMATION", 1, 0)});
  CHECK(row.permission(0) == Permission::none);
  CHECK(row.permission(2) == Permission::read);
}

TEST_CASE("IVY: a home that reads what another server owns sends no request to itself") {
  IvyRow row;
  row.threads[2]->write(row.object);
  row.dut.forget();
  row.threads[0]->read(row.object);
  CHECK(row.dut.sent() == Messages{text("FETCH_COPY", 0, 2), page("COPY", 2, 0)});
}

TEST_CASE("IVY: a write fault takes the page from the home's memory, or from its owner") {
  IvyRow row;
  row.threads[2]->write(row.object);
  CHECK(row.dut.sent() ==
        Messages{text("WRITE_FAULT", 2, 0), page("PAGE", 0, 2), text("CONFIRMATION", 2, 0)});
  CHECK(row.permission(0) == Permission::none);
  row.threads[1]->write(row.object);
  CHECK(row.dut.sent() == Messages{text("WRITE_FAULT", 1, 0), text("FETCH_PAGE", 0, 2),
                                   page("PAGE", 2, 1), text("CONFIRMATION", 1, 0)});
  CHECK(row.permission(1) == Permission::write);
  CHECK(row.permission(2) == Permission::none);
}

TEST_CASE("IVY: a write fault waits until all copies are invalidated") {
  IvyRow row;
  row.threads[2]->write(row.object);
  row.threads[3]->read(row.object);
  row.dut.forget();
  row.threads[1]->write(row.object);
  CHECK(row.dut.sent() == Messages{text("WRITE_FAULT", 1, 0), text("INVALIDATE", 0, 3),
                                   text("INVALIDATED", 3, 0), text("FETCH_PAGE", 0, 2),
                                   page("PAGE", 2, 1), text("CONFIRMATION", 1, 0)});
  CHECK(row.permission(3) == Permission::none);
}

TEST_CASE("IVY: who has a copy is granted the page without its bytes") {
  IvyRow row;
  row.threads[2]->write(row.object);
  row.threads[1]->read(row.object);
  row.dut.forget();
  row.threads[1]->write(row.object);
  CHECK(row.dut.sent() == Messages{text("WRITE_FAULT", 1, 0), text("INVALIDATE", 0, 2),
                                   text("INVALIDATED", 2, 0), text("GRANT", 0, 1),
                                   text("CONFIRMATION", 1, 0)});
}

TEST_CASE("IVY as in the paper sends the page to who has a copy of it, too") {
  IvyOptions options = priced();
  options.upgrades = false;
  IvyRow row(options);
  row.threads[2]->write(row.object);
  row.threads[1]->read(row.object);
  row.dut.forget();
  row.threads[1]->write(row.object);
  CHECK(row.dut.sent() == Messages{text("WRITE_FAULT", 1, 0), text("FETCH_PAGE", 0, 2),
                                   page("PAGE", 2, 1), text("CONFIRMATION", 1, 0)});
}

TEST_CASE("IVY: an owner that makes room sends the page home, a copy is dropped silently") {
  IvyOptions options = priced();
  options.cache = 4_KiB;
  options.ways = 1;
  IvyRow row(options);
  const ObjectId large = row.threads[0]->allocate(4_KiB);
  row.threads[1]->write(row.object);
  row.dut.forget();
  row.threads[1]->read(large);
  CHECK(row.dut.sent() == Messages{text("READ_FAULT", 1, 0), page("COPY", 0, 1),
                                   page("WRITE_BACK", 1, 0), text("CONFIRMATION", 1, 0),
                                   text("WRITTEN_BACK", 0, 1)});
  row.threads[1]->read(row.object);
  CHECK(row.dut.sent() ==
        Messages{text("READ_FAULT", 1, 0), page("COPY", 0, 1), text("CONFIRMATION", 1, 0)});
}

TEST_CASE("IVY: memory of another server is asked for, and given back, by message") {
  IvyRow row;
  const ObjectId there = row.threads[1]->allocate(64_B, NodeId(2));
  CHECK(row.dut.sent() ==
        Messages{{"ALLOCATE", Verb::send, 1, 2, 24_B}, {"ALLOCATED", Verb::send, 2, 1, 24_B}});
  row.threads[1]->release(there);
  CHECK(row.dut.sent() == Messages{{"RELEASE", Verb::send, 1, 2, 24_B}});
}

TEST_CASE("IVY refuses what no server has room for") {
  IvyRow row;
  CHECK_THROWS_WITH(row.threads[0]->allocate(testbed_server().memory + 1_B),
                    Catch::Contains("no server has room"));
}

TEST_CASE("IVY: a lock is a word in its object's page, and goes from server to server with it") {
  IvyRow row;
  row.threads[1]->lock(row.object);
  CHECK(row.dut.sent().front() == text("WRITE_FAULT", 1, 0));
  row.threads[1]->unlock(row.object);
  CHECK(row.dut.sent().empty());
  row.threads[2]->lock(row.object);
  CHECK(row.dut.sent() == Messages{text("WRITE_FAULT", 2, 0), text("FETCH_PAGE", 0, 1),
                                   page("PAGE", 1, 2), text("CONFIRMATION", 2, 0)});
  row.threads[2]->unlock(row.object);
}

/// Messages of a server that writes a page which another server has, by the home.
Messages page_move(std::uint32_t from, std::uint32_t to) {
  return {text("WRITE_FAULT", to, 0), text("FETCH_PAGE", 0, from), page("PAGE", from, to),
          text("CONFIRMATION", to, 0)};
}

/// What they take: a fault on a page that a server which is not its home has.
Duration move_time() {
  IvyRow row;
  row.threads[2]->write(row.object);
  return row.threads[1]->run(Op::write(row.object, Bytes(), 8_B)).latency -
         testbed_server().touch(8_B);
}

/// How long after `start` the operation that a puppet did last has ended.
Duration until_end(const Puppet& puppet, Time began, Time start) {
  return began + puppet.outcomes().back().latency - start;
}

TEST_CASE("IVY: who leaves a lock writes its page and wakes the next server by a message") {
  IvyRow row;
  Puppet& next = *row.threads[1];
  Puppet& holder = *row.threads[2];
  holder.lock(row.object);
  row.dut.forget();
  const Time asked = row.dut.simulation().now();
  next.start(next.whole(OpKind::lock, row.object));
  row.dut.run();
  CHECK(row.dut.sent() == page_move(2, 1));  // it joins the queue, which is in the page
  CHECK(next.busy());
  const Time left = row.dut.simulation().now();
  holder.start(holder.whole(OpKind::unlock, row.object));
  row.dut.run();
  Messages expected = page_move(1, 2);
  const Messages taken = page_move(2, 1);
  expected.push_back(text("WAKE", 2, 1));
  expected.insert(expected.end(), taken.begin(), taken.end());
  CHECK(row.dut.sent() == expected);
  // A move of the page to leave the lock, the message, a move of the page to take it.
  const Duration fault = move_time();
  const Duration word = testbed_server().touch(8_B);
  CHECK(until_end(next, asked, left) ==
        fault + word + one_way(Verb::send, kText) + priced().costs.service + fault + word);
  CHECK(holder.outcomes().back().latency == fault + word + cx3_ib40().post);
  next.unlock(row.object);
}

TEST_CASE("IVY: a lock is handed to a thread of the same server without a message") {
  IvyRow row;
  Puppet& holder = *row.threads[1];
  Puppet& next = row.dut.thread(1);
  holder.lock(row.object);
  row.dut.forget();
  const Time asked = row.dut.simulation().now();
  next.start(next.whole(OpKind::lock, row.object));
  row.dut.run();
  const Time left = row.dut.simulation().now();
  const Duration word = testbed_server().touch(8_B);
  CHECK(holder.unlock(row.object).latency == word);
  CHECK(until_end(next, asked, left) == word);
  CHECK(row.dut.sent().empty());
  next.unlock(row.object);
}

TEST_CASE("IVY: who leaves a lock wakes all readers that come next, on each server") {
  IvyRow row;
  Puppet& holder = *row.threads[0];
  holder.lock(row.object);
  for (const std::uint32_t reader : {1U, 2U}) {
    row.threads[reader]->start(row.threads[reader]->whole(OpKind::rlock, row.object));
    row.dut.run();
  }
  row.dut.forget();
  holder.unlock(row.object);
  row.dut.run();
  const Messages sent = row.dut.sent();
  CHECK(std::count(sent.begin(), sent.end(), text("WAKE", 0, 1)) == 1);
  CHECK(std::count(sent.begin(), sent.end(), text("WAKE", 0, 2)) == 1);
  for (const std::uint32_t reader : {1U, 2U}) {
    CHECK_FALSE(row.threads[reader]->busy());
    row.threads[reader]->unlock(row.object);
  }
}

TEST_CASE("IVY: who tries a lock that another server has moves its page, and wakes nobody") {
  IvyRow row;
  row.threads[2]->lock(row.object);
  row.dut.forget();
  Puppet& other = *row.threads[1];
  CHECK(other.run(other.whole(OpKind::try_lock, row.object)).result == 0);
  CHECK(row.dut.sent() == page_move(2, 1));
  row.threads[2]->unlock(row.object);
  CHECK(row.dut.sent() == page_move(1, 2));
}

}  // namespace
}  // namespace dsmsim::testing
