// Row 21 of the table: objects that affinity pointers keep together.

#include "tests/protocols/amplification.hpp"
#include "tests/protocols/drust/programs.hpp"

namespace dsmsim::testing {
namespace {

/// An object on server 0 with affinity pointers to others, of 64 B each; the last of them hangs on
/// the one before.
struct GroupBed : DrustDut {
  explicit GroupBed(std::size_t members = 3, DrustOptions options = drust_options())
      : DrustDut(3, options), owner(thread(0)), root(owner.allocate(kSize)) {
    for (std::size_t i = 0; i < members; ++i) {
      at.push_back(owner.allocate(64_B));
      owner.tie(at.back(), i > 0 && i + 1 == members ? at[i - 1] : root);
    }
    forget();
  }
  Puppet& owner;
  ObjectId root;
  std::vector<ObjectId> at;
};

TEST_CASE("An affinity pointer to a local object sends nothing") {
  GroupBed bed;
  const ObjectId another = bed.owner.allocate(64_B);
  CHECK(bed.owner.tie(another, bed.root).latency > Duration());
  CHECK(bed.sent().empty());
  CHECK(bed.host(another) == bed.host(bed.root));
  bed.finish();
}

TEST_CASE("The first read of a group fetches all of it by one READ, and the rest are hits") {
  GroupBed bed;
  Puppet& reader = bed.thread(1);
  reader.read(bed.root);
  CHECK(bed.sent() == Messages{{"copy", Verb::read, 1, 0, kSize + 64_B * 3}});
  for (const ObjectId object : bed.at) {
    reader.read(object);
  }
  CHECK(bed.sent().empty());
  CHECK(bed.drust.counters().companions == 3);
  bed.finish();
}

TEST_CASE("A read of any object of a group brings the others, but for those that are here") {
  GroupBed bed;
  Puppet& reader = bed.thread(1);
  reader.read(bed.at[2]);
  CHECK(bed.sent() == Messages{{"copy", Verb::read, 1, 0, kSize + 64_B * 3}});
  bed.owner.write(bed.at[1]);
  reader.read(bed.at[1]);
  CHECK(bed.sent() == Messages{{"copy", Verb::read, 1, 0, 64_B}});
  bed.finish();
}

TEST_CASE("Reading what an affinity pointer leads to costs no check of where it is") {
  GroupBed bed;
  const Duration plain = bed.owner.read(bed.owner.allocate(64_B)).latency;
  CHECK(plain - bed.owner.read(bed.at[0]).latency == 12_ns);
  bed.finish();
}

TEST_CASE("A writer moves the whole group by one READ and one message to its old host") {
  GroupBed bed;
  Puppet& writer = bed.thread(2);
  writer.write(bed.root);
  CHECK(bed.sent() == Messages{{"move", Verb::read, 2, 0, kSize + 64_B * 3},
                               {"deallocate", Verb::send, 2, 0, kControl},
                               {"owner_update", Verb::write, 2, 0, 8_B}});
  for (const ObjectId object : bed.at) {
    CHECK(bed.host(object) == NodeId(2));
  }
  writer.write(bed.at[1]);
  CHECK(bed.sent().empty());
  bed.finish();
}

TEST_CASE("A writer of one object of a group moves all of it and tells the owner of the root") {
  GroupBed bed;
  bed.thread(2).write(bed.at[1]);
  CHECK(bed.sent() == Messages{{"move", Verb::read, 2, 0, kSize + 64_B * 3},
                               {"deallocate", Verb::send, 2, 0, kControl},
                               {"owner_update", Verb::write, 2, 0, 8_B}});
  CHECK(bed.host(bed.root) == NodeId(2));
  bed.finish();
}

TEST_CASE("A mutable reference to one object of a group brings the group when it is made") {
  GroupBed bed;
  Puppet& writer = bed.thread(1);
  const Borrow mut = writer.borrow_mut(bed.at[2]);
  CHECK(bed.host(bed.root) == NodeId(1));
  bed.forget();
  writer.write(mut);
  writer.give_back(mut);
  CHECK(bed.sent().empty());
  bed.finish();
}

TEST_CASE("Whoever has borrowed the root mutably may borrow what it leads to") {
  GroupBed bed;
  Puppet& writer = bed.thread(1);
  const Borrow root = writer.borrow_mut(bed.root);
  const Borrow field = writer.borrow_mut(bed.at[0]);
  writer.write(field);
  writer.give_back(field);
  writer.write(root);
  bed.forget();
  writer.give_back(root);
  CHECK(bed.sent() == Messages{{"owner_update", Verb::write, 1, 0, 8_B}});
  CHECK(bed.thread(2).read(bed.at[0]).result == bed.drust.object(bed.at[0]).stamp);
  bed.finish();
}

TEST_CASE("The owner of a remote group makes its copies the objects, and READs what it lacks") {
  GroupBed bed;
  bed.thread(1).write(bed.root);
  bed.owner.read(bed.at[0]);
  bed.thread(1).write(bed.at[1]);
  bed.forget();
  const Bytes before = traffic(bed).data(Cause::write);
  bed.owner.write(bed.root);
  CHECK(bed.sent() ==
        Messages{{"move", Verb::read, 0, 1, 64_B}, {"deallocate", Verb::send, 0, 1, kControl}});
  CHECK(bed.drust.counters().promotions == 3);
  CHECK(traffic(bed).data(Cause::none) == 64_B);  // the root was here: it came for no access
  CHECK(traffic(bed).data(Cause::write) == before);
  bed.finish();
}

TEST_CASE("A group is transferred with its root, and dropped with it") {
  GroupBed bed;
  bed.owner.transfer(bed.root, NodeId(1));
  CHECK(bed.sent() == Messages{{"transfer", Verb::send, 0, 1, 16_B}});
  bed.thread(1).release(bed.root);
  CHECK(bed.sent() == Messages{{"deallocate", Verb::send, 1, 0, kControl}});
  CHECK(bed.drust.heap().used(NodeId(0)) == 0_B);
  CHECK_THROWS_WITH(bed.owner.read(bed.at[0]), Catch::Contains("it has been released"));
}

TEST_CASE("A cycle of affinity pointers is refused, and a second pointer to the same object") {
  GroupBed bed;
  CHECK_THROWS_WITH(bed.owner.tie(bed.root, bed.at[2]),
                    Catch::Contains("a cycle of affinity pointers") && Catch::Contains("at "));
  const ObjectId other = bed.owner.allocate(64_B);
  CHECK_THROWS_WITH(bed.owner.tie(bed.at[0], other),
                    Catch::Contains("an affinity pointer to it already"));
  CHECK_THROWS_WITH(bed.owner.tie(other, other), Catch::Contains("a cycle"));
  CHECK_THROWS_WITH(bed.owner.release(bed.at[0]), Catch::Contains("it belongs to object"));
  CHECK_THROWS_WITH(bed.owner.transfer(bed.at[0], NodeId(1)), Catch::Contains("it belongs to"));
  CHECK_THROWS_WITH(bed.thread(1).tie(other, bed.root), Catch::Contains("is on server 0"));
}

TEST_CASE("What a stack has an affinity pointer to stays, and is written where it lies") {
  GroupBed bed;
  bed.owner.tie_to_stack(bed.root);
  Puppet& writer = bed.thread(1);
  writer.read(bed.root);
  bed.forget();
  const std::uint64_t stamp = writer.write(bed.root).result;
  CHECK(bed.host(bed.root) == NodeId(0));
  CHECK(bed.sent() == Messages{{"in_place_write", Verb::write, 1, 0, kSize},
                               {"owner_update", Verb::write, 1, 0, 8_B}});
  CHECK(bed.owner.read(bed.root).result == stamp);
  CHECK(writer.read(bed.root).result == stamp);
  bed.finish();
}

TEST_CASE("A thread whose stack keeps an object does not move") {
  GroupBed bed;
  bed.owner.tie_to_stack(bed.root);
  CHECK(bed.owner.thread().ask_to_move(NodeId(1)));
  bed.owner.read(bed.root);
  CHECK(bed.owner.thread().node() == NodeId(0));
  CHECK(bed.drust.counters().migrations == 0);
  bed.finish();
}

TEST_CASE("Groups stay together and readers see the last write, under any safe choice") {
  for (DrustOptions options : safe_choices()) {
    DrustDut dut(kServers, options, cramped());
    Families program(40);
    watch(dut, program);
    CHECK(dut.drust.counters().stale_reads == 0);
    CHECK(dut.drust.counters().companions > 0);
  }
}

}  // namespace
}  // namespace dsmsim::testing
