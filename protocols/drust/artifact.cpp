// What the released code does differently from the paper (uclasystem/DRust at e8602ff; mode:
// artifact), as far as it is more than a number or the absence of something. README.md has the
// table.

#include "protocols/drust/engine.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {
namespace drust {

/// The released code's way to wait (comm-lib/rdma-server-lib.c): behind the request, on the same
/// queue pair, it READs a flag, and spins until that has come. The flag brings what was found.
Fabric::Operation Runtime::perform_with_flag(Post post) {
  const std::uint32_t number = flagged_.take();
  flagged_[number] = {.effect = post.effect};
  Post flag = post;
  flag.verb = Verb::read;
  flag.type = types_[MessageKind::flag];
  flag.payload = options_.artifact.flag;
  flag.data = {};
  flag.content = 0;
  flag.after = post.after + cluster_.fabric().nic().post;
  flag.effect = [this, number] {
    flagged_.give_back(number);
    return flagged_[number].found;
  };
  post.tally = nullptr;
  post.after = flag.after;
  post.effect = [this, number] { flagged_[number].found = flagged_[number].effect(); };
  cluster_.fabric().post(post);
  return cluster_.fabric().perform(flag);
}

/// A full heap (drust/src/drust_std/primitives/dbox.rs:159-165).
void Memory::panic(NodeId server, Bytes size) const {
  throw Error("drust: server " + std::to_string(server.value()) + " panics at " +
              to_string(runtime_.queue().now()) + ": called `unwrap()` on the allocation of " +
              to_string(size) +
              " in a full heap, as the released code does; give the servers more "
              "memory, or choose mode: paper");
}

/// What is reached through a Box that does not know yet is whatever lies in freed memory by then.
void Borrows::require_current(const Thread& thread, const Op& op) const {
  if (!op.borrow.valid()) {
    throw Error(ExitCode::incoherent,
                "drust: " + std::string(to_string(op.kind)) + " of " + object_name(op.object) +
                    " by " + thread_name(thread.id(), thread.node()) + " at " +
                    to_string(thread.now()) +
                    " goes to memory that has been freed: a mutable reference has moved the "
                    "object, and its Box has not heard of it (mode artifact: nobody waits for "
                    "that)");
  }
}

/// An owner with a copy of what it lends mutably first moves it to its own server
/// (drust/src/drust_std/primitives/dbox.rs:394-406).
bool Lending::moves_first(const Thread& thread, const ObjectState& object) const {
  return runtime_.policy().moves_to_lend && object.owner == thread.node() &&
         object.box.extension.has_copy();
}

/// A MutRef that is dropped tells the Box where its object is, by a call that nobody waits for
/// (dmut.rs:45-132). Until that has come the Box points to memory that has been freed.
Task<> Returns::call_update(Thread& thread, ObjectId object, ColouredAddress home) {
  ObjectState& state = objects_[object];
  if (home == state.box.target) {
    co_return;  // it has not moved
  }
  state.late = true;
  Sender sender{thread.node()};
  runtime_.send(sender, state.owner, MessageKind::update, runtime_.options().control,
                UpdateBody{home.word(), object.value()});
  co_await runtime_.spend(thread, Category::cpu, sender.spent);
}

void Returns::handle_update(const Delivery& message, Sender& here) {
  const auto body = message.body.as<UpdateBody>();
  ObjectState& object = objects_[ObjectId(static_cast<std::uint32_t>(body.object))];
  object.box.target = ColouredAddress(body.word);
  object.late = false;
  runtime_.send(here, message.from, MessageKind::called, runtime_.reply_size(), ObjectBody{});
}

/// `dspawn`: the first free slot, where slot i belongs to server i mod servers
/// (utils/mod.rs:36-92). There are as many as threads.
NodeId Scheduling::first_slot() {
  NodeId first(0);
  for (std::uint32_t i = 1; i < runtime_.servers(); ++i) {
    if (runtime_.cluster().cpu(NodeId(i)).threads() < runtime_.cluster().cpu(first).threads()) {
      first = NodeId(i);
    }
  }
  return first;
}

}  // namespace drust

/// The value behind a mutex is brought to whoever has locked it, and nobody frees the place where
/// it was (sync/dmutex.rs:69-84). The mutex itself, if it has just come: 16 bytes, with an entry in
/// the server's map of them (145-189).
Task<> DrustEngine::fetch_leased(Thread& thread, Op& op) {
  drust::ObjectState& object = objects_[op.object];
  if (!runtime_.policy().leases_mutexes || op.result == 0 || !object.guarded) {
    co_return;
  }
  if (mutexes_.has_come(op.object)) {
    co_await mutexes_.read_pointer(thread, op.object,
                                   runtime_.costs().map_operation + runtime_.costs().allocation);
  }
  const drust::ColouredAddress from = objects_[op.object].box.target;
  if (!heap_.is_local(from.address(), thread.node())) {
    const auto moved = co_await mover_.move(thread, op.object, from, Duration());
    objects_[op.object].box.target = moved->home;
    co_await runtime_.spend(thread, Category::cpu, moved->cpu);
  }
}

}  // namespace dsmsim
