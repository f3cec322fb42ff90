#include "protocols/drust/mutexes.hpp"

#include <algorithm>
#include <bit>

#include "sim/base/error.hpp"

namespace dsmsim::drust {
namespace {

std::uint64_t word_of(const Thread& thread) { return thread.id().value() + std::uint64_t{1}; }

/// Apart from the object itself: who has the lock still borrows it in turn with others.
std::string lock_name(ObjectId object) { return "the lock of " + object_name(object); }

bool gives_up_at_once(OpKind kind) { return kind == OpKind::try_lock || kind == OpKind::try_rlock; }

}  // namespace

/// The object with a home for its lock word: that of the Box when it is first locked.
ObjectState& Mutexes::mutex(ObjectId object) {
  ObjectState& state = runtime_.object(object);
  if (!state.lock_home.valid()) {
    state.lock_home = state.owner;
  }
  return state;
}

// ---- locking

MaybeDuration Mutexes::try_lock_here(Thread& thread, Op& op) {
  ObjectState& state = mutex(op.object);
  const bool once = gives_up_at_once(op.kind);
  if (state.lock_home != thread.node() || (state.lock != 0 && !once)) {
    return std::nullopt;
  }
  op.result = state.lock == 0 ? 1 : 0;
  if (state.lock == 0) {
    runtime_.remember(thread);
    state.lock = word_of(thread);
    state.pointer_known = false;
  }
  return runtime_.local_atomic();
}

Task<> Mutexes::lock(Thread& thread, Op& op) {
  const DrustOptions& options = runtime_.options();
  const Time since = thread.now();
  runtime_.remember(thread);
  Duration pause = options.lock_pause;
  for (std::uint64_t attempts = 1;; ++attempts) {
    const std::uint64_t found = co_await compare_and_swap(thread, op.object);
    if (found == 0 || gives_up_at_once(op.kind)) {
      op.result = found == 0 ? 1 : 0;
      break;
    }
    ++runtime_.counters().lock_retries;
    spinning_[thread.id()] = op.object;
    give_up_if_stuck(thread, op, since, attempts);
    co_await runtime_.spend(thread, Category::lock_wait, pause);
    pause = std::min(pause * 2, options.lock_pause_limit);
  }
  spinning_.erase(thread.id());
  if (op.result == 1) {
    runtime_.object(op.object).pointer_known = false;
  }
}

/// 0 -> the thread's word; gives the old value.
Task<std::uint64_t> Mutexes::compare_and_swap(Thread& thread, ObjectId object) {
  const std::uint64_t mine = word_of(thread);
  const auto swap = [runtime = &runtime_, object, mine] {
    std::uint64_t& word = runtime->object(object).lock;
    if (runtime->mutated("drust.taken_lock_taken")) {
      word = 0;
    }
    return word == 0 ? std::exchange(word, mine) : word;
  };
  const NodeId home = mutex(object).lock_home;
  if (home == thread.node()) {
    const std::uint64_t found = swap();
    co_await runtime_.spend(thread, Category::cpu, runtime_.local_atomic());
    co_return found;
  }
  Fabric::Operation operation = runtime_.request(thread, {.type = runtime_.types().lock,
                                                          .object = object,
                                                          .to = home,
                                                          .payload = kPointer,
                                                          .effect = swap});
  const std::uint64_t found = co_await operation;
  co_return found;
}

void Mutexes::require_lock(const Thread& thread, const Op& op) const {
  if (runtime_.object(op.object).lock != word_of(thread) &&
      !runtime_.mutated("drust.unlocked_early")) {
    runtime_.reject(thread, op, "it does not hold the lock of the object");
  }
}

MaybeDuration Mutexes::try_unlock_here(Thread& thread, Op& op) {
  require_lock(thread, op);
  ObjectState& state = runtime_.object(op.object);
  if (state.lock_home != thread.node()) {
    return std::nullopt;
  }
  state.lock = 0;
  return runtime_.costs().local_atomic;  // its holder has the word in its cache
}

Task<> Mutexes::unlock(Thread& thread, Op& op) {
  const auto clear = [runtime = &runtime_, object = op.object] {
    runtime->object(object).lock = 0;
  };
  Fabric::Operation operation =
      runtime_.request(thread, {.type = runtime_.types().unlock,
                                .object = op.object,
                                .to = runtime_.object(op.object).lock_home,
                                .payload = kPointer,
                                .effect = clear});
  co_await operation;
}

// ---- the value

/// Reads or writes it where it lies; gives its stamp.
std::uint64_t Mutexes::use(const Op& op) {
  std::uint64_t& contents = runtime_.object(op.object).stamp;
  return op.kind == OpKind::write ? runtime_.write(op, contents) : runtime_.read(op, contents);
}

MaybeDuration Mutexes::try_access_here(Thread& thread, Op& op) {
  require_lock(thread, op);
  ObjectState& state = runtime_.object(op.object);
  if (!runtime_.heap().is_local(state.box.target.address(), thread.node())) {
    return std::nullopt;
  }
  op.result = use(op);
  ++runtime_.counters().local;
  return runtime_.costs().check + runtime_.profile().touch(op.length);
}

Task<> Mutexes::access(Thread& thread, Op& op) {
  const NodeId host = runtime_.heap().host(runtime_.object(op.object).box.target.address());
  const bool write = op.kind == OpKind::write;
  // What is written has been made in local memory before it is sent, what is read lies there after.
  const Duration touch = runtime_.profile().touch(op.length);
  const Duration before = runtime_.costs().check + (write ? touch : Duration());
  if (write && runtime_.mutated("drust.unlocked_early")) {
    runtime_.object(op.object).lock = 0;
  }
  Fabric::Operation operation = runtime_.request(
      thread, {.type = write ? runtime_.types().guarded_write : runtime_.types().guarded_read,
               .object = op.object,
               .to = host,
               .payload = op.length,
               .before = before,
               .effect = [this, asked = &op] { return use(*asked); }});
  op.result = co_await operation;
  Counters& counters = runtime_.counters();
  ++(write ? counters.guarded_writes : counters.guarded_reads);
  if (!write) {
    co_await runtime_.spend(thread, Category::cpu, touch);
  }
}

Task<> Mutexes::read_pointer(Thread& thread, ObjectId object) {
  const NodeId home = mutex(object).lock_home;
  if (home != thread.node() && !runtime_.object(object).pointer_known) {
    Fabric::Operation operation = runtime_.request(
        thread,
        {.type = runtime_.types().mutex_pointer, .object = object, .to = home, .payload = kBox});
    co_await operation;
    runtime_.object(object).pointer_known = true;
  }
}

// ---- deadlocks

/// Called after every failed attempt; looks closer at the 64th, 128th, ...
void Mutexes::give_up_if_stuck(Thread& thread, const Op& op, Time since,
                               std::uint64_t attempts) const {
  if (runtime_.object(op.object).lock == word_of(thread)) {
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

/// Follows the chain from lock to holder to the lock that it waits for: false if it ends with a
/// thread that does not wait.
bool Mutexes::may_be_cycle(Thread& thread, ObjectId object) const {
  for (std::size_t steps = 0; steps <= spinning_.size(); ++steps) {
    const std::uint64_t word = runtime_.object(object).lock;
    if (word == 0) {
      return false;
    }
    const ThreadId holder(static_cast<std::uint32_t>(word - 1));
    const Op* waits = thread.world().thread(holder).waiting_in();
    if (waits == nullptr) {
      return false;
    }
    const auto next = spinning_.find(holder);
    if (next == spinning_.end()) {
      return waits->object != object;  // at its own object: nobody keeps it waiting
    }
    object = next->second;
  }
  return true;
}

WaitForGraph Mutexes::describe_all() const {
  WaitForGraph graph;
  for (const auto& [thread, object] : spinning_) {
    // A compare-and-swap may have succeeded whose answer is still on its way.
    if (runtime_.object(object).lock != thread.value() + std::uint64_t{1}) {
      graph.waits(runtime_.name_of(thread), lock_name(object));
    }
  }
  describe_holders(graph, lock_name);
  describe_borrows_(graph);
  return graph;
}

void Mutexes::describe_holders(WaitForGraph& graph, std::string (*name)(ObjectId)) const {
  for (std::size_t i = 0; i < runtime_.objects().size(); ++i) {
    const std::uint64_t word = runtime_.objects()[i].lock;
    if (word != 0) {
      const ThreadId holder(static_cast<std::uint32_t>(word - 1));
      graph.held(name(ObjectId(i)), runtime_.name_of(holder));
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
