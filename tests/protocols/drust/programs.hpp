#pragma once
// Options and random programs that are used by several tests of DRust.

#include "sim/base/error.hpp"
#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {

inline constexpr std::uint32_t kServers = 4;

/// A memory so small and colours so few that evictions and overflows happen all the time.
inline DutOptions cramped() {
  DutOptions setup;
  setup.server.memory = 16_KiB;
  return setup;
}

inline DrustOptions cramped(DrustOptions options) {
  options.allocator = {.alignment = 64_B, .header = Bytes(0)};
  options.colour_bits = 2;
  options.pressure = 0.1;
  options.stack = 4_KiB;  // a flow would not be seen by watch()
  return options;
}

/// Room for two objects of kSize on each server.
inline DutOptions tiny() {
  DutOptions setup;
  setup.server.memory = kSize * 2;
  return setup;
}
inline DrustOptions tiny(DrustOptions options) {
  options.allocator = {.alignment = 32_B, .header = Bytes(0)};
  options.pressure = 0.9;
  return options;
}

/// Every choice that is meant to be safe.
inline std::vector<DrustOptions> safe_choices() {
  std::vector<DrustOptions> all;
  for (const DrustColouring colouring : {DrustColouring::full, DrustColouring::simplified}) {
    for (const DrustReuse reuse : {DrustReuse::quarantine, DrustReuse::fresh_colour}) {
      for (const DrustInvalidation invalidation :
           {DrustInvalidation::sharers, DrustInvalidation::broadcast}) {
        for (const DrustOwnerCopy owner_copy :
             {DrustOwnerCopy::clear, DrustOwnerCopy::per_access}) {
          for (const DrustCopyLock copy_lock : {DrustCopyLock::per_key, DrustCopyLock::whole_map}) {
            DrustOptions options = drust_options();
            options.colouring = colouring;
            options.reuse = reuse;
            options.invalidation = invalidation;
            options.owner_copy = owner_copy;
            options.copy_lock = copy_lock;
            all.push_back(cramped(options));
          }
        }
      }
    }
  }
  return all;
}

/// Calls body(thread, i) in so many new threads, which go round the servers, and joins them all.
inline Task<> run_round(Thread& parent, std::uint32_t count,
                        std::function<Task<>(Thread&, std::uint32_t)> body) {
  std::vector<ThreadId> started;
  for (std::uint32_t i = 0; i < count; ++i) {
    started.push_back(
        parent.spawn(NodeId(i % kServers), [&body, i](Thread& thread) { return body(thread, i); }));
  }
  for (const ThreadId thread : started) {
    co_await parent.join(thread);
  }
}

/// Threads that read and write shared objects without borrows, as a replayed trace does.
class Racers final : public Program {
 public:
  explicit Racers(int steps) : steps_(steps) {}
  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < 8; ++i) {
      objects_.push_back(co_await thread.allocate(Bytes(64 + 64 * i), NodeId(i % kServers)));
      words_.push_back(co_await thread.allocate(8_B, NodeId(i % kServers)));
    }
    co_await run_round(thread, 2 * kServers,
                       [this](Thread& t, std::uint32_t i) { return race(t, i); });
  }
  std::uint64_t added() const { return added_; }
  ObjectId word(std::size_t i) const { return words_[i]; }

 private:
  Task<> race(Thread& thread, std::uint32_t index) {
    RandomStream random = thread.world().simulation().random("racer", index);
    for (int i = 0; i < steps_; ++i) {
      const ObjectId object = objects_[random.below(objects_.size())];
      const std::uint64_t what = random.below(10);
      if (what < 6) {
        co_await thread.read(object, 0_B, 64_B);
      } else if (what < 9) {
        co_await thread.write(object, 0_B, 64_B);
      } else {
        co_await thread.atomic_add(words_[random.below(words_.size())], 0_B, 1);
        ++added_;
      }
      co_await thread.compute(
          Duration::picoseconds(static_cast<std::int64_t>(random.below(900'000))));
    }
  }
  int steps_;
  std::vector<ObjectId> objects_;
  std::vector<ObjectId> words_;
  std::uint64_t added_ = 0;
};

/// Threads that use shared objects in every way, one object at a time, and some of their own.
class Borrowers final : public Program {
 public:
  explicit Borrowers(int steps) : steps_(steps) {}
  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < 3; ++i) {
      objects_.push_back(co_await thread.allocate(Bytes(64 + 64 * i), NodeId(i % kServers)));
    }
    guarded_ = co_await thread.allocate(64_B, NodeId(1), true);
    co_await run_round(thread, 2 * kServers,
                       [this](Thread& t, std::uint32_t i) { return go(t, i); });
  }

 private:
  Task<> go(Thread& thread, std::uint32_t index) {
    RandomStream random = thread.world().simulation().random("borrower", index);
    for (int i = 0; i < steps_; ++i) {
      const ObjectId object = objects_[random.below(objects_.size())];
      switch (random.below(8)) {
        case 0:
          co_await thread.read(object, 0_B, 64_B);
          break;
        case 1:
          co_await thread.write(object, 0_B, 64_B);
          break;
        case 2: {
          const Borrow held = co_await thread.borrow(object);
          co_await use(thread, held, false);
          break;
        }
        case 3: {
          const Borrow held = co_await thread.borrow_mut(object);
          co_await use(thread, held, random.below(2) == 0);
          break;
        }
        case 4: {
          const Borrow held = co_await thread.borrow_mut(object, 0_B, 32_B);
          co_await use(thread, held, random.below(2) == 0);
          break;
        }
        case 5:
          co_await lock(thread);
          break;
        case 6:
          co_await share(thread, random.below(2) == 0);
          break;
        default:
          co_await own(thread, NodeId(static_cast<std::uint32_t>(random.below(kServers))));
      }
      co_await thread.compute(
          Duration::picoseconds(static_cast<std::int64_t>(random.below(900'000))));
    }
  }
  static Task<> use(Thread& thread, Borrow borrow, bool write) {
    co_await thread.read(borrow, 0_B, 32_B);
    if (write) {
      co_await thread.write(borrow, 0_B, 32_B);
    }
    co_await thread.read(borrow, 0_B, 32_B);
    co_await thread.give_back(borrow);
  }
  Task<> lock(Thread& thread) {
    co_await thread.lock(guarded_);
    co_await thread.read(guarded_, 0_B, 64_B);
    co_await thread.write(guarded_, 0_B, 64_B);
    co_await thread.unlock(guarded_);
  }
  Task<> share(Thread& thread, bool again) {
    co_await thread.rlock(guarded_);
    const std::uint64_t before = co_await thread.read(guarded_, 0_B, 64_B);
    if (again) {
      co_await thread.compute(1_us);
      const std::uint64_t after = co_await thread.read(guarded_, 0_B, 64_B);
      if (after != before) {
        throw Error(ExitCode::incoherent, "an object has changed under a reader");
      }
    }
    co_await thread.unlock(guarded_);
  }
  static Task<> own(Thread& thread, NodeId node) {
    const ObjectId object = co_await thread.allocate(128_B, node);
    co_await thread.read(object, 0_B, 64_B);
    co_await thread.transfer(object, node);
    co_await thread.write(object, 0_B, 64_B);
    co_await thread.release(object);
  }

  int steps_;
  std::vector<ObjectId> objects_;
  ObjectId guarded_;
};

/// Threads that own Boxes, use them, and send them on to each other with messages between these.
class Couriers final : public Program {
 public:
  explicit Couriers(int steps) : steps_(steps) {}
  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < kServers; ++i) {
      channels_.push_back(thread.world().channels().open(NodeId(i)));
    }
    co_await run_round(thread, kServers,
                       [this](Thread& t, std::uint32_t i) { return carry(t, i); });
  }

 private:
  Task<> carry(Thread& thread, std::uint32_t index) {
    RandomStream random = thread.world().simulation().random("courier", index);
    std::vector<ObjectId> boxes;
    for (std::uint32_t i = 0; i < 2; ++i) {
      const NodeId home(static_cast<std::uint32_t>(random.below(kServers)));
      boxes.push_back(co_await thread.allocate(128_B, home));
    }
    for (int step = 0; step < steps_; ++step) {
      for (const ObjectId box : boxes) {
        co_await use(thread, box, random.below(4));
      }
      const std::uint32_t next = (index + 1 + static_cast<std::uint32_t>(step) % 3) % kServers;
      co_await thread.send(channels_[next], 8_B, 1, boxes);
      co_await thread.send(channels_[next], 8_B, 2);
      const ReceivedMessage message = co_await thread.receive_message(channels_[index]);
      const ReceivedMessage empty = co_await thread.receive_message(channels_[index]);
      boxes = message.boxes;
      boxes.insert(boxes.end(), empty.boxes.begin(), empty.boxes.end());
    }
    for (const ObjectId box : boxes) {
      co_await thread.release(box);
    }
  }
  static Task<> use(Thread& thread, ObjectId box, std::uint64_t how) {
    co_await thread.read(box, 0_B, 64_B);
    if (how == 1) {
      co_await thread.write(box, 0_B, 64_B);
      co_await thread.read(box, 0_B, 64_B);
    } else if (how == 2) {
      const Borrow part = co_await thread.borrow_mut(box, 0_B, 32_B);
      co_await thread.write(part, 0_B, 32_B);
      co_await thread.give_back(part);
    }
  }
  int steps_;
  std::vector<ChannelId> channels_;
};

/// Runs it to its end and checks the invariants after every event: throws Error if one is broken.
inline void watch(DrustDut& dut, Program& program) {
  dut.simulation().queue().set_shortcuts(false);
  dut.world().spawn(NodeId(0), [&program](Thread& thread) { return program.main(thread); });
  while (!dut.simulation().queue().empty()) {
    dut.simulation().run_due(dut.simulation().queue().next());
    dut.drust.inspection()->check_always();
  }
  if (dut.world().running() > 0) {
    throw Error(ExitCode::deadlock, dut.world().describe_deadlock());
  }
  dut.drust.check_quiescent();
}

/// Threads that use shared objects in every way and move all the time.
class Wanderers final : public Program {
 public:
  explicit Wanderers(int steps) : steps_(steps) {}
  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < 3; ++i) {
      objects_.push_back(co_await thread.allocate(Bytes(64 + 64 * i), NodeId(i)));
    }
    co_await run_round(thread, 2 * kServers,
                       [this](Thread& t, std::uint32_t i) { return wander(t, i); });
  }

 private:
  static void set_out(Thread& thread, RandomStream& random) {
    if (random.below(3) == 0) {
      thread.ask_to_move(NodeId(static_cast<std::uint32_t>(random.below(kServers))));
    }
  }
  Task<> wander(Thread& thread, std::uint32_t index) {
    RandomStream random = thread.world().simulation().random("wanderer", index);
    const ObjectId own = co_await thread.allocate(96_B);
    for (int i = 0; i < steps_; ++i) {
      const ObjectId object = random.below(4) == 0 ? own : objects_[random.below(3)];
      const std::uint64_t what = random.below(4);
      Borrow held;
      if (what == 0) {
        held = co_await thread.borrow(object);
      } else if (what == 1) {
        held = co_await thread.borrow_mut(object);
      } else if (what == 2) {
        held = co_await thread.borrow_mut(object, 0_B, 32_B);
      } else {
        co_await thread.write(object, 0_B, 32_B);
        continue;
      }
      for (int step = 0; step < 3; ++step) {
        set_out(thread, random);
        co_await thread.read(held, 0_B, 32_B);
        set_out(thread, random);
        if (what != 0) {
          co_await thread.write(held, 0_B, 32_B);
        }
      }
      co_await thread.give_back(held);
    }
  }
  int steps_;
  std::vector<ObjectId> objects_;
};

/// Two groups of objects that go together, which all threads use as Rust would let them: a field is
/// borrowed mutably by who has borrowed what owns it.
class Families final : public Program {
 public:
  explicit Families(int steps) : steps_(steps) {}
  Task<> main(Thread& thread) override {
    for (std::size_t i = 0; i < 2; ++i) {
      roots_.push_back(co_await thread.allocate(64_B));
      members_.emplace_back();
      for (std::size_t j = 0; j < 3; ++j) {
        members_[i].push_back(co_await thread.allocate(Bytes(64 << j)));
        const ObjectId owner = j == 2 ? members_[i][1] : roots_[i];
        co_await thread.tie(members_[i][j], owner);
      }
    }
    co_await thread.tie_to_stack(co_await thread.allocate(64_B));
    co_await run_round(thread, 2 * kServers,
                       [this](Thread& t, std::uint32_t i) { return visit(t, i); });
  }

 private:
  Task<> visit(Thread& thread, std::uint32_t index) {
    RandomStream random = thread.world().simulation().random("family", index);
    for (int i = 0; i < steps_; ++i) {
      const std::size_t family = random.below(2);
      const ObjectId root = roots_[family];
      const ObjectId member = members_[family][random.below(3)];
      switch (random.below(6)) {
        case 0: {
          const ObjectId written = random.below(2) == 0 ? root : member;
          co_await thread.write(written, 0_B, 32_B);
          break;
        }
        case 1:
          co_await reborrow(thread, root, member, random.below(2) == 0);
          break;
        case 2: {
          const Borrow held = co_await thread.borrow(root);
          co_await thread.read(held, 0_B, 32_B);
          co_await thread.read(member, 0_B, 32_B);
          co_await thread.give_back(held);
          break;
        }
        default: {
          const ObjectId seen = random.below(2) == 0 ? root : member;
          co_await thread.read(seen, 0_B, 32_B);
        }
      }
      if (random.below(6) == 0) {
        thread.ask_to_move(NodeId(static_cast<std::uint32_t>(random.below(kServers))));
      }
    }
  }
  static Task<> reborrow(Thread& thread, ObjectId root, ObjectId member, bool moves) {
    const Borrow whole = co_await thread.borrow_mut(root);
    const Borrow field = co_await thread.borrow_mut(member);
    co_await thread.read(field, 0_B, 32_B);
    if (moves) {
      thread.ask_to_move(NodeId((thread.node().value() + 1) % kServers));
    }
    co_await thread.write(field, 0_B, 32_B);
    co_await thread.give_back(field);
    co_await thread.write(whole, 0_B, 32_B);
    co_await thread.give_back(whole);
  }
  int steps_;
  std::vector<ObjectId> roots_;
  std::vector<std::vector<ObjectId>> members_;
};

/// As many objects as fit but for one, which all threads use in every way.
class Squeezed final : public Program {
 public:
  explicit Squeezed(int steps) : steps_(steps) {}
  Task<> main(Thread& thread) override {
    for (std::uint32_t i = 0; i < 2 * kServers - 1; ++i) {
      objects_.push_back(co_await thread.allocate(kSize, NodeId(i % kServers)));
    }
    co_await run_round(thread, kServers,
                       [this](Thread& t, std::uint32_t i) { return squeeze(t, i); });
  }

 private:
  Task<> squeeze(Thread& thread, std::uint32_t index) {
    RandomStream random = thread.world().simulation().random("squeezed", index);
    for (int i = 0; i < steps_; ++i) {
      // Few of them most of the time: else nobody reads what another one writes.
      const ObjectId object = objects_[random.below(random.below(3) == 0 ? objects_.size() : 3)];
      switch (random.below(6)) {
        case 0:
        case 1:
          co_await thread.read(object, 0_B, 64_B);
          break;
        case 2:
          co_await thread.write(object, 0_B, 64_B);
          break;
        case 3: {
          const Borrow held = co_await thread.borrow(object);
          co_await use(thread, held, false);
          break;
        }
        case 4: {
          const Borrow held = co_await thread.borrow_mut(object);
          co_await use(thread, held, random.below(3) != 0);
          break;
        }
        default: {
          const Borrow held = co_await thread.borrow_mut(object, 0_B, 32_B);
          co_await use(thread, held, random.below(3) != 0);
        }
      }
      if (random.below(8) == 0) {
        thread.ask_to_move(NodeId(static_cast<std::uint32_t>(random.below(kServers))));
      }
    }
  }
  static Task<> use(Thread& thread, Borrow borrow, bool write) {
    co_await thread.read(borrow, 0_B, 32_B);
    if (write) {
      co_await thread.write(borrow, 0_B, 32_B);
    }
    co_await thread.read(borrow, 0_B, 32_B);
    co_await thread.give_back(borrow);
  }

  int steps_;
  std::vector<ObjectId> objects_;
};

}  // namespace dsmsim::testing
