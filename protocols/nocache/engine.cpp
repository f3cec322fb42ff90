#include "protocols/nocache/engine.hpp"

#include <utility>

#include "sim/base/error.hpp"
#include "sim/dsm/contract/witness.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

using nocache::Asked;
using nocache::MessageKind;

namespace {

constexpr Bytes kWord(8);

}  // namespace

NocacheEngine::NocacheEngine(EngineContext context, NocacheOptions options)
    : context_(context),
      queue_(context.cluster.simulation().queue()),
      profile_(context.cluster.profile()),
      options_(std::move(options)),
      mutant_(context.mutant, nocache_mutants()),
      used_(context.cluster.servers()) {
  if (context_.cluster.has_fabric()) {
    types_ = MessageTypes<MessageKind>(context_.cluster.fabric().ledger());
  }
}

// ---- at the home

std::uint64_t NocacheEngine::read(const Op& op) {
  const Object& object = objects_[op.object.index()];
  if (context_.witness != nullptr) {
    context_.witness->read(op.token(), {op.object.value(), op.offset, op.length}, object.stamp);
  }
  return object.stamp;
}

std::uint64_t NocacheEngine::write(const Op& op) {
  Object& object = objects_[op.object.index()];
  const std::uint64_t base = std::exchange(object.stamp, next_stamp(op));
  if (context_.witness != nullptr) {
    context_.witness->wrote(op.token(), {op.object.value(), op.offset, op.length}, base);
  }
  return object.stamp;
}

std::uint64_t NocacheEngine::atomic(const Op& op) {
  std::uint64_t& word = words_[{op.object, op.offset}];
  return apply_atomic(op.kind, word, op.operand(), op.expected());
}

/// Compares the lock word with 0, which is free, and swaps.
std::uint64_t NocacheEngine::lock(Holder holder) {
  std::uint64_t& word = objects_[holder.object.index()].lock;
  if (mutant_.is("nocache.blind_lock")) {
    word = 0;
  }
  const std::uint64_t found = word;
  if (found == 0) {
    word = kWriter;
    holders_[holder] = kWriter;
  }
  return found;
}

/// One reader more: it has the lock if it has found no writer.
std::uint64_t NocacheEngine::count_reader(Holder holder) {
  std::uint64_t& word = objects_[holder.object.index()].lock;
  const std::uint64_t found = mutant_.is("nocache.reader_beside_writer") ? 0 : word;
  ++word;
  if (found < kWriter) {
    ++holders_[holder];
  }
  return found;
}

/// Takes what the thread has of the word out of it: all of a writer's, one of a reader's.
void NocacheEngine::unlock(Holder holder) {
  const auto at = holders_.find(holder);
  const std::uint64_t share = at->second == kWriter ? kWriter : 1;
  objects_[holder.object.index()].lock -= share;
  at->second -= share;
  if (at->second == 0) {
    holders_.erase(at);
  }
}

/// The same without a reader's count that would have to be taken back.
bool NocacheEngine::take_here(Holder holder, OpKind kind) {
  const std::uint64_t word = objects_[holder.object.index()].lock;
  if (is_shared(kind)) {
    return word < kWriter && count_reader(holder) < kWriter;
  }
  return lock(holder) == 0;
}

// ---- how another server brings it about

Fabric::Operation NocacheEngine::request(Thread& thread, NodeId home, const Request& what) {
  Fabric& fabric = context_.cluster.fabric();
  const Cause cause = thread.tally().cause();
  DataBytes data;
  if (cause != Cause::none) {
    fabric.ledger().traffic().missed(cause, thread.waiting_in()->length);
    data = {cause, what.payload};
  }
  ++counters_.remote;
  return fabric.perform({.from = thread.node(),
                         .to = home,
                         .verb = row_of(what.kind).verb,
                         .type = types_[what.kind],
                         .payload = what.payload,
                         .data = data,
                         .after = options_.look_up + what.before,
                         .tally = &thread.tally(),
                         .effect = what.effect,
                         .body = Asked{what.object, what.operand}});
}

Task<> NocacheEngine::spend(Thread& thread, Category category, Duration time) {
  co_await queue_.delay(time);
  thread.tally().charge(category, queue_.now());
}

/// What is written has been made in local memory before it is sent; what is read lies there after.
Task<> NocacheEngine::access(Thread& thread, Op& op) {
  const bool writes = op.kind == OpKind::write;
  const Duration touch = profile_.touch(op.length);
  Request what{.kind = writes ? MessageKind::write : MessageKind::read,
               .object = op.object,
               .payload = op.length,
               .before = writes ? touch : Duration(),
               .effect = [this, asked = &op] { return read(*asked); }};
  if (writes) {
    what.effect = [this, asked = &op] { return write(*asked); };
  }
  Fabric::Operation operation = request(thread, home_of(op.object), what);
  op.result = co_await operation;
  if (!writes) {
    co_await spend(thread, Category::cpu, touch);
  }
}

Task<> NocacheEngine::call_atomic(Thread& thread, Op& op) {
  const bool adds = op.kind == OpKind::atomic_add;
  const bool splits = mutant_.is("nocache.split_atomic");
  const std::uint64_t before = splits ? words_[{op.object, op.offset}] : 0;
  Fabric::Operation operation =
      request(thread, home_of(op.object),
              {.kind = adds ? MessageKind::fetch_add : MessageKind::compare_swap,
               .object = op.object,
               .operand = op.operand(),
               .payload = kWord,
               .effect = [this, asked = &op, splits, before] {
                 if (splits) {
                   words_[{asked->object, asked->offset}] = before;
                 }
                 return atomic(*asked);
               }});
  op.result = co_await operation;
}

/// One try at another server: whether the thread has the lock now.
Task<bool> NocacheEngine::try_away(Thread& thread, const Op& op) {
  const Holder holder{op.object, thread.id(), thread.node()};
  Request what{
      .kind = MessageKind::lock, .object = op.object, .payload = kWord, .effect = [this, holder] {
        return lock(holder);
      }};
  if (is_shared(op.kind)) {
    what.kind = MessageKind::count_reader;
    what.operand = 1;
    what.effect = [this, holder] { return count_reader(holder); };
  }
  Fabric::Operation operation = request(thread, home_of(op.object), what);
  const std::uint64_t found = co_await operation;
  const bool mine = is_shared(op.kind) ? found < kWriter : found == 0;
  if (is_shared(op.kind) && !mine && !mutant_.is("nocache.reader_counts_on")) {
    what.operand = ~std::uint64_t{0};
    what.effect = [this, holder] { return objects_[holder.object.index()].lock--; };
    Fabric::Operation back = request(thread, home_of(op.object), what);
    co_await back;
  }
  co_return mine;
}

Task<> NocacheEngine::take_lock(Thread& thread, Op& op) {
  for (;;) {
    bool mine = false;
    if (home_of(op.object) == thread.node()) {
      mine = take_here({op.object, thread.id(), thread.node()}, op.kind);
      co_await spend(thread, Category::cpu, atomic_cost());
    } else {
      Task<bool> attempt = try_away(thread, op);
      mine = co_await attempt;
    }
    op.result = mine ? 1 : 0;
    if (mine || tries(op.kind)) {
      co_return;
    }
    ++counters_.lock_retries;
    pausing_[thread.id()] = op.object;
    co_await spend(thread, Category::lock_wait, options_.lock_pause);
    pausing_.erase(thread.id());
  }
}

Task<> NocacheEngine::give_lock(Thread& thread, Op& op) {
  const Holder holder{op.object, thread.id(), thread.node()};
  Fabric::Operation operation = request(thread, home_of(op.object),
                                        {.kind = MessageKind::unlock,
                                         .object = op.object,
                                         .payload = kWord,
                                         .effect = [this, holder] { unlock(holder); }});
  co_await operation;
}

// ---- memory

Fabric::Operation NocacheEngine::reserve(Thread& thread, NodeId home, const Op& op,
                                         std::uint64_t bytes) {
  return request(thread, home,
                 {.kind = MessageKind::reserve,
                  .object = op.object,
                  .operand = bytes,
                  .payload = kWord,
                  .effect = [this, home, bytes] {
                    return std::exchange(used_[home.index()], used_[home.index()] + bytes);
                  }});
}

/// Wanted there, or here; if there is no room, at the next server that has some. A word at each
/// home counts what is in use: who has gone over the top takes it back.
Task<> NocacheEngine::allocate(Thread& thread, Op& op) {
  const std::size_t first = wanted_home(thread, op).index();
  const std::uint64_t bytes = op.length.count();
  for (std::size_t i = 0; i < used_.size(); ++i) {
    const NodeId home(static_cast<std::uint32_t>((first + i) % used_.size()));
    std::uint64_t before = used_[home.index()];
    if (home != thread.node()) {
      Fabric::Operation reserved = reserve(thread, home, op, bytes);
      before = co_await reserved;
    } else if (has_room(before, bytes)) {
      used_[home.index()] += bytes;
    }
    if (has_room(before, bytes)) {
      create(op, home);
      co_await spend(thread, Category::cpu, options_.allocation);
      co_return;
    }
    if (home != thread.node()) {
      Fabric::Operation back = reserve(thread, home, op, ~bytes + 1);
      co_await back;
    }
  }
  reject(thread, op,
         "out of memory: " + to_string(op.length) + " wanted, and no server has room for it");
}

Task<> NocacheEngine::release(Thread& thread, Op& op) {
  const std::uint64_t bytes = context_.objects.size(op.object).count();
  objects_[op.object.index()].live = false;
  Fabric::Operation back = reserve(thread, home_of(op.object), op, ~bytes + 1);
  co_await back;
  co_await spend(thread, Category::cpu, options_.allocation);
}

NodeId NocacheEngine::wanted_home(const Thread& thread, const Op& op) {
  return op.node.valid() ? op.node : thread.node();
}

bool NocacheEngine::has_room(std::uint64_t used, std::uint64_t bytes) const {
  const std::uint64_t all = profile_.memory.count();
  return used <= all && bytes <= all - used;
}

void NocacheEngine::create(const Op& op, NodeId home) {
  if (op.object.index() >= objects_.size()) {
    objects_.resize(op.object.index() + 1);
  }
  objects_[op.object.index()] = {.home = home, .stamp = next_stamp(op), .lock = 0, .live = true};
  if (context_.witness != nullptr) {
    context_.witness->created(op.object.value(), op.token());
  }
}

std::uint64_t NocacheEngine::next_stamp(const Op& op) {
  return context_.witness != nullptr ? op.token() : ++last_stamp_;
}

// ---- the two functions

MaybeDuration NocacheEngine::try_local(Thread& thread, Op& op) {
  if (op.kind == OpKind::allocate) {
    return try_allocate_here(thread, op);
  }
  if (op.kind == OpKind::fence) {  // every write has been waited for
    return Duration();
  }
  check(thread, op);
  if (family_of(op.kind) == OpFamily::reference) {
    op.borrow = BorrowId(0);
    return Duration();
  }
  return home_of(op.object) == thread.node() ? try_at_home(thread, op) : std::nullopt;
}

MaybeDuration NocacheEngine::try_allocate_here(const Thread& thread, const Op& op) {
  const NodeId home = wanted_home(thread, op);
  std::uint64_t& used = used_[home.index()];
  if (home != thread.node() || !has_room(used, op.length.count())) {
    return std::nullopt;
  }
  used += op.length.count();
  create(op, home);
  return options_.allocation;
}

/// The object is here, and nobody else's CPU or NIC is needed.
MaybeDuration NocacheEngine::try_at_home(const Thread& thread, Op& op) {
  ++counters_.local;
  switch (family_of(op.kind)) {
    case OpFamily::data:
      op.result = op.kind == OpKind::write ? write(op) : read(op);
      return options_.look_up + profile_.touch(op.length);
    case OpFamily::lock:
      op.result = take_here({op.object, thread.id(), thread.node()}, op.kind) ? 1 : 0;
      return op.result == 1 || tries(op.kind) ? MaybeDuration(atomic_cost()) : std::nullopt;
    case OpFamily::unlock:
      unlock({op.object, thread.id(), thread.node()});
      return atomic_cost();
    case OpFamily::atomic:
      op.result = atomic(op);
      return atomic_cost();
    case OpFamily::lifetime:
      objects_[op.object.index()].live = false;
      used_[thread.node().index()] -= context_.objects.size(op.object).count();
      return options_.allocation;
    case OpFamily::reference:
    case OpFamily::fence:
    case OpFamily::file:
    case OpFamily::word:
    case OpFamily::call:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

Task<> NocacheEngine::perform(Thread& thread, Op& op) {
  switch (family_of(op.kind)) {
    case OpFamily::lifetime:
      return op.kind == OpKind::allocate ? allocate(thread, op) : release(thread, op);
    case OpFamily::data:
      return access(thread, op);
    case OpFamily::lock:
      return take_lock(thread, op);
    case OpFamily::unlock:
      return give_lock(thread, op);
    case OpFamily::atomic:
      return call_atomic(thread, op);
    case OpFamily::reference:
    case OpFamily::fence:
    case OpFamily::file:
    case OpFamily::word:
    case OpFamily::call:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

void NocacheEngine::check(const Thread& thread, const Op& op) const {
  if (op.object.index() >= objects_.size() || !objects_[op.object.index()].live) {
    reject(thread, op, "it is not allocated");
  }
  const Bytes size = context_.objects.size(op.object);
  if (op.offset > size || op.length > size - op.offset) {
    reject(thread, op, "the bytes do not lie in an object of " + to_string(size));
  }
  if (op.kind == OpKind::unlock && !holders_.contains({op.object, thread.id(), thread.node()})) {
    reject(thread, op, "the thread does not hold its lock");
  }
}

void NocacheEngine::reject(const Thread& thread, const Op& op, const std::string& why) const {
  throw Error("nocache: " + std::string(to_string(op.kind)) + " of " + object_name(op.object) +
              " by " + thread_name(thread.id(), thread.node()) + " at " + to_string(queue_.now()) +
              ": " + why);
}

void NocacheEngine::describe_waits(WaitForGraph& graph) const {
  for (const auto& [holder, share] : holders_) {
    graph.held(object_name(holder.object), thread_name(holder.thread, holder.server));
  }
}

}  // namespace dsmsim
