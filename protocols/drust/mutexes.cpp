#include "protocols/drust/mutexes.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "sim/base/error.hpp"

namespace dsmsim::drust {
namespace {

std::uint64_t word_of(ThreadId writer) { return Mutexes::kWriter | writer.value(); }

/// Apart from the object itself: who has the lock still borrows it in turn with others.
std::string lock_name(ObjectId object) { return "the lock of " + object_name(object); }

}  // namespace

/// Whether an operation of that kind leaves the lock to other readers, too.
bool Mutexes::shares(OpKind kind) const {
  return is_shared(kind) && runtime_.policy().shares_locks;
}

/// Whether an operation of that kind gets a lock with that word.
bool Mutexes::admits(std::uint64_t word, OpKind kind) const {
  return shares(kind) ? !has_writer(word) : word == 0;
}

/// What a compare-and-swap expects to find that can succeed, to somebody who has seen that word.
std::uint64_t Mutexes::expected_after(std::uint64_t seen, OpKind kind) const {
  return admits(seen, kind) ? seen : 0;
}

/// The object with a home for its lock word: that of the Box when it is first locked.
ObjectState& Mutexes::mutex(ObjectId object) {
  ObjectState& state = objects_[object];
  if (!state.lock_home.valid()) {
    state.lock_home = state.owner;
  }
  return state;
}

// ---- holders

bool Mutexes::holds(ThreadId thread, ObjectId object) const {
  return objects_[object].lock == word_of(thread) || readers_.contains({object, thread});
}

std::vector<ThreadId> Mutexes::holders(ObjectId object) const {
  const std::uint64_t word = objects_[object].lock;
  if (has_writer(word)) {
    return {ThreadId(static_cast<std::uint32_t>(word & ~kWriter))};
  }
  std::vector<ThreadId> all;
  auto reader = readers_.lower_bound({object, ThreadId(0)});
  for (; reader != readers_.end() && reader->first.first == object; ++reader) {
    all.push_back(reader->first.second);
  }
  return all;
}

/// The lock word is free for it, and becomes its own or counts it.
void Mutexes::take(ThreadId thread, const Op& op) {
  ObjectState& state = objects_[op.object];
  if (runtime_.policy().leases_mutexes) {
    use_leases(thread);
  }
  if (shares(op.kind)) {
    ++state.lock;
    ++readers_[{op.object, thread}].times;
  } else {
    state.lock = word_of(thread);
    state.pointer_known = false;
  }
}

/// Its holder unlocks it: whoever locks it next may rely on what is behind it.
void Mutexes::hand_on(ThreadId thread, ObjectId object) {
  if (objects_[object].guarded) {
    objects_.left(object);
  }
  give(thread, object);
}

/// The lock is free, or has one reader less.
void Mutexes::give(ThreadId thread, ObjectId object) {
  ObjectState& state = objects_[object];
  if (runtime_.policy().leases_mutexes) {
    use_leases(thread);  // it may have kept the lock since an earlier phase
  }
  const auto reader = readers_.find({object, thread});
  if (reader == readers_.end()) {
    state.lock = 0;
    return;
  }
  if (!runtime_.mutated("drust.reader_count_leaked")) {
    --state.lock;
  }
  if (--reader->second.times == 0) {
    readers_.erase(reader);
  }
}

std::size_t Mutexes::count_held(NodeId home, NodeId by) const {
  std::size_t held = 0;
  for (std::size_t i = 0; i < objects_.count(); ++i) {
    if (objects_[ObjectId(i)].lock_home == home && objects_[ObjectId(i)].lock != 0) {
      const std::vector<ThreadId> all = holders(ObjectId(i));
      held += static_cast<std::size_t>(std::count_if(
          all.begin(), all.end(), [&](ThreadId holder) { return runtime_.node_of(holder) == by; }));
    }
  }
  return held;
}

void Mutexes::require_lock(const Thread& thread, const Op& op) const {
  const bool alone = op.kind == OpKind::write || op.kind == OpKind::borrow_mut;
  const bool has_it =
      alone ? objects_[op.object].lock == word_of(thread.id()) : holds(thread.id(), op.object);
  if (!has_it && !runtime_.mutated("drust.unlocked_early")) {
    runtime_.reject(thread, op,
                    holds(thread.id(), op.object) ? "it holds the lock of the object as a reader"
                                                  : "it does not hold the lock of the object");
  }
}

// ---- locking

MaybeDuration Mutexes::try_lock_here(Thread& thread, Op& op) {
  const ObjectState& state = mutex(op.object);
  const bool free = admits(state.lock, op.kind);
  if (place(op.object) != thread.node() || (!free && !tries(op.kind)) ||
      value_is_away(thread, op.object)) {
    return std::nullopt;
  }
  op.result = free ? 1 : 0;
  if (free) {
    runtime_.remember(thread);
    take(thread.id(), op);
  }
  return runtime_.local_atomic();
}

Task<> Mutexes::lock(Thread& thread, Op& op) {
  const DrustOptions& options = runtime_.options();
  const Time since = thread.now();
  runtime_.remember(thread);
  Duration pause = options.lock_pause;
  std::uint64_t expected = 0;
  for (std::uint64_t attempts = 1;; ++attempts) {
    const std::uint64_t found = co_await compare_and_swap(thread, op, expected);
    const bool free = admits(found, op.kind);  // if not for this attempt, for the next
    if (found == expected || (tries(op.kind) && !free)) {
      op.result = found == expected ? 1 : 0;
      break;
    }
    ++runtime_.counters().lock_retries;
    expected = expected_after(found, op.kind);
    if (!free) {
      spinning_[thread.id()] = op.object;
      give_up_if_stuck(thread, op, since, attempts);
      if (const ObjectId lease = lease_in_circle(thread.node(), op.object); lease.valid()) {
        ++runtime_.counters().lease_circles;
        co_await give_back(thread, lease);
      }
      co_await runtime_.spend(thread, Category::lock_wait, pause);
      pause = std::min(pause * 2, options.lock_pause_limit);
    }
  }
  spinning_.erase(thread.id());
}

/// At the home of the word; gives the old one.
std::uint64_t Mutexes::swap(ThreadId thread, const Op& op, std::uint64_t expected) {
  std::uint64_t& word = objects_[op.object].lock;
  if (runtime_.mutated("drust.taken_lock_taken")) {
    word = expected;
  }
  if (runtime_.mutated("drust.reader_beside_writer") && shares(op.kind) && has_writer(word)) {
    ++readers_[{op.object, thread}].times;
    return expected;
  }
  const std::uint64_t found = word;
  if (found == expected) {
    take(thread, op);
  }
  return found;
}

Task<std::uint64_t> Mutexes::compare_and_swap(Thread& thread, const Op& op,
                                              std::uint64_t expected) {
  const ObjectState& state = mutex(op.object);
  if (state.lock_home == thread.node() || place(op.object) == thread.node()) {
    // The word is read before, and nothing comes between.
    const std::uint64_t tried = admits(state.lock, op.kind) ? state.lock : expected;
    const std::uint64_t found = place(op.object) == thread.node()
                                    ? swap(thread.id(), op, tried)
                                    : swap_at_home(thread.node(), thread.id(), op, tried);
    co_await runtime_.spend(thread, Category::cpu, runtime_.local_atomic());
    co_return found == tried ? expected : found;
  }
  std::uint64_t found = Fabric::kFailed;  // by the compare-and-swap, heard of or not
  const auto effect = [this, asked = &op, who = thread.id(), from = thread.node(), expected,
                       saw = &found] {
    *saw = *saw == expected ? expected : swap_at_home(from, who, *asked, expected);
    return *saw;
  };
  const OneSided request{.kind = MessageKind::lock,
                         .object = op.object,
                         .to = state.lock_home,
                         .payload = kPointer,
                         .effect = effect,
                         .content = shares(op.kind) ? expected + 1 : word_of(thread.id())};
  Fabric::Operation operation = runtime_.request(thread, request);
  const std::uint64_t heard = co_await operation;
  if (heard == Fabric::kFailed) [[unlikely]] {
    co_await runtime_.again(thread, request, [&] { return mutex(op.object).lock_home; });
  }
  co_return found;
}

// ---- unlocking

MaybeDuration Mutexes::try_unlock_here(Thread& thread, Op& op) {
  require_lock(thread, op);
  if (place(op.object) != thread.node()) {
    return std::nullopt;
  }
  hand_on(thread.id(), op.object);
  return runtime_.costs().local_atomic;  // its holder has the word in its cache
}

/// A writer clears the word; a reader takes 1 off it.
Task<> Mutexes::unlock(Thread& thread, Op& op) {
  const bool alone = objects_[op.object].lock == word_of(thread.id());
  bool done = false;  // whether it is heard of or not
  const auto effect = [this, who = thread.id(), object = op.object, had = &done] {
    if (!std::exchange(*had, true)) {
      hand_on(who, object);
    }
  };
  const auto home = [&] { return objects_[op.object].lock_home; };
  const OneSided request{.kind = alone ? MessageKind::unlock : MessageKind::runlock,
                         .object = op.object,
                         .to = home(),
                         .payload = kPointer,
                         .effect = effect};
  Fabric::Operation operation = runtime_.request(thread, request);
  const std::uint64_t heard = co_await operation;
  if (heard == Fabric::kFailed) [[unlikely]] {
    co_await runtime_.again(thread, request, home);
  }
}

// ---- the value

bool& Mutexes::pointer_known(ThreadId thread, ObjectId object) {
  const auto reader = readers_.find({object, thread});
  return reader == readers_.end() ? objects_[object].pointer_known : reader->second.pointer_known;
}

bool Mutexes::knows_pointer(const Thread& thread, ObjectId object) {
  return objects_[object].lock_home == thread.node() || pointer_known(thread.id(), object);
}

Task<> Mutexes::read_pointer(Thread& thread, ObjectId object, Duration before) {
  if (!knows_pointer(thread, object)) {
    const OneSided request{.kind = MessageKind::mutex_pointer,
                           .object = object,
                           .to = mutex(object).lock_home,
                           .payload = kBox,
                           .before = before};
    Fabric::Operation operation = runtime_.request(thread, request);
    const std::uint64_t read = co_await operation;
    if (read == Fabric::kFailed) [[unlikely]] {
      co_await runtime_.again(thread, request, [&] { return mutex(object).lock_home; });
    }
    pointer_known(thread.id(), object) = true;
  }
}

// ---- deadlocks

/// Called after every failed attempt; looks closer at the 64th, 128th, ...
void Mutexes::give_up_if_stuck(Thread& thread, const Op& op, Time since,
                               std::uint64_t attempts) const {
  if (holds(thread.id(), op.object)) {
    WaitForGraph graph;
    graph.waits(thread_name(thread.id(), thread.node()), object_name(op.object));
    graph.held(object_name(op.object), thread_name(thread.id(), thread.node()));
    stuck("a thread locks what it has locked", graph);
  }
  if (attempts >= 64 && std::has_single_bit(attempts) && may_be_cycle(thread, op.object)) {
    const WaitForGraph graph = describe_all();
    if (graph.has_cycle()) {
      stuck("threads wait for each other", graph);
    }
  }
  if (thread.now() - since > runtime_.options().lock_patience) {
    stuck("a thread has waited for a lock longer than lock_patience, " +
              to_string(runtime_.options().lock_patience),
          describe_all());
  }
}

/// Follows the chains from lock to holders to the locks that they wait for: false if all end with a
/// thread that does not wait.
bool Mutexes::may_be_cycle(Thread& thread, ObjectId object) const {
  std::set<ObjectId> seen;
  std::vector<ObjectId> left = {object};
  while (!left.empty()) {
    const ObjectId held = left.back();
    left.pop_back();
    if (!seen.insert(held).second) {
      return true;
    }
    for (const ThreadId holder : holders(held)) {
      const Op* const waits = thread.world().thread(holder).waiting_in();
      const auto next = spinning_.find(holder);
      if (waits != nullptr && next != spinning_.end()) {
        left.push_back(next->second);
      } else if (waits != nullptr &&
                 waits->object != held) {  // its own object keeps nobody waiting
        return true;
      }
    }
  }
  return false;
}

WaitForGraph Mutexes::describe_all() const {
  WaitForGraph graph;
  for (const auto& [thread, object] : spinning_) {
    // A compare-and-swap may have succeeded whose answer is still on its way.
    if (!holds(thread, object)) {
      graph.waits(runtime_.name_of(thread), lock_name(object));
    }
  }
  describe_holders(graph, lock_name);
  describe_borrows_(graph);
  return graph;
}

void Mutexes::describe_holders(WaitForGraph& graph, std::string (*name)(ObjectId)) const {
  for (std::size_t i = 0; i < objects_.count(); ++i) {
    if (objects_[ObjectId(i)].lock != 0) {
      for (const ThreadId holder : holders(ObjectId(i))) {
        graph.held(name(ObjectId(i)), runtime_.name_of(holder));
      }
    }
  }
}

bool Mutexes::contended(ObjectId object) const {
  return std::any_of(spinning_.begin(), spinning_.end(),
                     [object](const auto& spinning) { return spinning.second == object; });
}

void Mutexes::stuck(const std::string& why, const WaitForGraph& graph) const {
  throw Error(ExitCode::deadlock, "deadlock at " + to_string(runtime_.queue().now()) + ": " + why +
                                      "\n" + graph.report());
}

}  // namespace dsmsim::drust
