// Random programs against every combination of options: each read sees the last write, the
// invariants hold whenever nothing is under way, and the same seed gives the same run.

#include <map>
#include <set>

#include "sim/dsm/contract/counters_json.hpp"
#include "tests/protocols/drust/programs.hpp"

namespace dsmsim::testing {
namespace {

/// One operation at a time, with a model of what memory holds and of who borrows what.
class Scene {
 public:
  Scene(const DrustOptions& options, std::uint64_t seed)
      : dut(kServers, options, cramped()),
        invalidates_(options.reuse == DrustReuse::quarantine),
        random_(seed, "scene") {
    for (std::uint32_t i = 0; i < 6; ++i) {
      puppets_.push_back(&dut.thread(i % kServers));
    }
    for (int i = 0; i < 8; ++i) {
      add_object();
    }
  }

  void step() {
    Puppet& thread = *puppets_[pick(puppets_.size())];
    Entry& entry = entries_[pick(entries_.size())];
    switch (pick(9)) {
      case 0:
      case 1:
        if (!entry.unique) {
          CHECK(thread.read(entry.object).result == entry.stamp);
          entry.shared_since_written |= thread.thread().node() != owner(entry);
        }
        break;
      case 2:
      case 3:
        if (!entry.unique && entry.shared.empty()) {
          const drust::ColouredAddress before = name(entry);
          const bool was_shared = std::exchange(entry.shared_since_written, false);
          entry.stamp = thread.write(entry.object).result;
          check_renamed(entry, before, was_shared);
        }
        break;
      case 4:
        if (!entry.unique) {
          entry.shared_since_written = true;
          entry.shared.emplace_back(&thread, thread.borrow(entry.object));
        }
        break;
      case 5:
        if (!entry.unique && entry.shared.empty()) {
          take_unique(thread, entry);
        }
        break;
      case 6:
        use_borrow(entry);
        break;
      case 7:
        give_back(entry);
        break;
      default:
        end_or_transfer(entry);
    }
    dut.drust.check_invariants();
  }

  /// Gives back all references and drops all objects: nothing must be left.
  void end() {
    for (Entry& entry : entries_) {
      while (entry.unique || !entry.shared.empty()) {
        give_back(entry);
      }
      puppets_[0]->release(entry.object);
    }
    dut.finish();
    for (std::uint32_t server = 0; invalidates_ && server < kServers; ++server) {
      CHECK(dut.drust.copies(NodeId(server)).count() == 0);
      CHECK(dut.drust.heap().used(NodeId(server)) == 0_B);
    }
    CHECK(dut.drust.counters().stale_reads == 0);
    CHECK(dut.breakdown_sums_to_latency());
  }

  DrustDut dut;

 private:
  using Held = std::pair<Puppet*, Borrow>;
  struct Entry {
    ObjectId object;
    std::uint64_t stamp = 0;
    std::vector<Held> shared = {};
    std::optional<Held> unique = {};
    drust::ColouredAddress borrowed_as = {};
    bool shared_since_written = false;
    bool written_through = false;
  };

  std::size_t pick(std::size_t count) { return random_.below(count); }

  drust::ColouredAddress name(const Entry& entry) const {
    return dut.drust.object(entry.object).box.target;
  }

  NodeId owner(const Entry& entry) const { return dut.drust.object(entry.object).owner; }

  /// Invariant I2 of the proof: what is written after it was shared has another name (the owner's
  /// own reads through its Box share nothing); and at the same address the colour only grows.
  void check_renamed(const Entry& entry, drust::ColouredAddress before, bool was_shared) const {
    const drust::ColouredAddress after = name(entry);
    CHECK((!was_shared || after != before));
    CHECK((after.address() != before.address() || after.colour() >= before.colour()));
  }

  void add_object() {
    Puppet& thread = *puppets_[pick(puppets_.size())];
    const Bytes size(64 + 64 * pick(8));
    const NodeId node =
        pick(2) == 0 ? NodeId() : NodeId(static_cast<std::uint32_t>(pick(kServers)));
    entries_.push_back({.object = thread.allocate(size, node)});
    entries_.back().stamp = thread.write(entries_.back().object).result;
  }

  void take_unique(Puppet& thread, Entry& entry) {
    const bool part = pick(3) == 0;
    entry.borrowed_as = name(entry);
    entry.written_through = false;
    entry.unique = {&thread, part ? thread.borrow_mut(entry.object, 0_B, 32_B)
                                  : thread.borrow_mut(entry.object)};
  }

  void use_borrow(Entry& entry) {
    if (entry.unique) {
      const auto& [thread, borrow] = *entry.unique;
      Op op = thread->through(pick(2) == 0 ? OpKind::read : OpKind::write, borrow);
      op.length = 32_B;
      const Outcome outcome = thread->run(op);
      if (op.kind == OpKind::write) {
        entry.stamp = outcome.result;
        entry.written_through = true;
      } else {
        CHECK(outcome.result == entry.stamp);
      }
    } else if (!entry.shared.empty()) {
      const auto& [thread, borrow] = entry.shared[pick(entry.shared.size())];
      CHECK(thread->read(borrow).result == entry.stamp);
    }
  }

  void give_back(Entry& entry) {
    if (entry.unique) {
      entry.unique->first->give_back(entry.unique->second);
      entry.unique.reset();
      if (entry.written_through) {
        check_renamed(entry, entry.borrowed_as, true);
        entry.shared_since_written = false;
      }
    } else if (!entry.shared.empty()) {
      const std::size_t i = pick(entry.shared.size());
      entry.shared[i].first->give_back(entry.shared[i].second);
      entry.shared.erase(entry.shared.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void end_or_transfer(Entry& entry) {
    if (entry.unique || !entry.shared.empty()) {
      return;
    }
    const NodeId owner = dut.drust.object(entry.object).owner;
    if (pick(2) == 0) {
      puppets_[owner.index()]->transfer(entry.object,
                                        NodeId(static_cast<std::uint32_t>(pick(kServers))));
    } else {
      puppets_[pick(puppets_.size())]->release(entry.object);
      std::swap(entry, entries_.back());
      entries_.pop_back();
      add_object();
    }
  }

  bool invalidates_;
  RandomStream random_;
  std::vector<Puppet*> puppets_;
  std::vector<Entry> entries_;
};

TEST_CASE("Random safe programs see the last write under every safe choice") {
  std::set<std::string> reached;
  std::uint64_t seed = 1;
  for (const DrustOptions& options : safe_choices()) {
    Scene scene(options, ++seed);
    for (int i = 0; i < 300; ++i) {
      scene.step();
    }
    const nlohmann::ordered_json counters = report_of(scene.dut.drust);
    for (const auto& [name, value] : counters.items()) {
      if (value.get<std::uint64_t>() > 0) {
        reached.insert(name);
      }
    }
    scene.end();
  }
  for (const char* name :
       {"local_accesses", "hits", "copies", "moves", "promotions", "owner_updates", "part_borrows",
        "transfers", "evictions", "invalidations", "colour_overflows"}) {
    INFO(name);
    CHECK(reached.count(name) == 1);
  }
}

TEST_CASE("Racing threads never see an old value, whatever the safe choice") {
  for (const DrustOptions& options : safe_choices()) {
    DrustDut dut(kServers, options, cramped());
    Racers program(60);
    dut.world().run(program);
    CHECK(dut.drust.counters().stale_reads == 0);
    CHECK(dut.breakdown_sums_to_latency());
    std::uint64_t sum = 0;
    Puppet& reader = dut.thread(0);
    for (std::size_t i = 0; i < 8; ++i) {
      sum += reader.run(Op::atomic_add(program.word(i), Bytes(), 0)).result;
    }
    CHECK(sum == program.added());
  }
}

TEST_CASE("Racing threads do see old values as the algorithms are written") {
  DrustOptions options = cramped(drust_options());
  options.mode = DrustMode::as_written;
  DrustDut dut(kServers, options, cramped());
  Racers program(60);
  CHECK_THROWS_WITH(dut.world().run(program), Catch::Contains("is stale and could be read"));
  CHECK(dut.drust.counters().stale_reads > 0);
}

TEST_CASE("The same seed gives the same messages at the same times, with or without shortcuts") {
  Messages sent;
  Time end;
  for (const bool shortcuts : {true, true, false}) {
    DrustDut dut(kServers, cramped(drust_options()), cramped());
    dut.simulation().queue().set_shortcuts(shortcuts);
    Racers program(100);
    dut.world().run(program);
    if (end == Time()) {
      end = dut.world().end();
      sent = dut.sent();
    } else {
      CHECK(dut.world().end() == end);
      CHECK(dut.sent() == sent);
    }
  }
}

}  // namespace
}  // namespace dsmsim::testing
