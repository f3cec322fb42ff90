#include "protocols/paging/paged_engine.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/dsm/boundary/hit_run.hpp"
#include "sim/dsm/contract/witness.hpp"

namespace dsmsim::paging {
namespace {

BorrowMode mode_of(OpKind kind) {
  return is_shared(kind) ? BorrowMode::shared : BorrowMode::exclusive;
}

}  // namespace

PagedEngine::PagedEngine(EngineContext context, std::string name, Referencing referencing)
    : context_(context),
      name_(std::move(name)),
      queue_(context.cluster.simulation().queue()),
      traffic_(context.cluster.has_fabric() ? &context.cluster.fabric().ledger().traffic()
                                            : nullptr),
      profile_(context.cluster.profile()),
      referencing_(referencing),
      names_(referencing.names_by_line && context.witness != nullptr ? referencing.shape.lines()
                                                                     : 1),
      tables_(context.cluster.servers()),
      caches_(referencing.cpu_caches, context.cluster.servers(), context.cluster.profile().cores),
      locks_(queue_) {}

// ---- what an operation is

MaybeDuration PagedEngine::try_local(Thread& thread, Op& op) {
  switch (family_of(op.kind)) {
    case OpFamily::data:
      return try_access(thread, op);
    case OpFamily::lock:
    case OpFamily::unlock:
    case OpFamily::atomic:
      return try_lock_word(thread, op);
    case OpFamily::lifetime:
    case OpFamily::file:
      return std::nullopt;
    case OpFamily::reference:
    case OpFamily::fence:
      op.borrow = BorrowId(0);
      return Duration();
    case OpFamily::word:
    case OpFamily::call:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

Task<> PagedEngine::perform(Thread& thread, Op& op) {
  progress(thread) = {};
  switch (family_of(op.kind)) {
    case OpFamily::lifetime: {
      if (op.kind == OpKind::allocate) {
        return allocate(thread, op);
      }
      Placed& object = check(thread, op);
      object.live = false;
      return release(thread, op, object.address, object.size);
    }
    case OpFamily::data:
      return access(thread, op);
    case OpFamily::lock:
      return lock(thread, op);
    case OpFamily::unlock:
      return unlock(thread, op);
    case OpFamily::atomic:
      return atomic(thread, op);
    case OpFamily::file:
      return extra(thread, op);
    case OpFamily::reference:  // answered at once
    case OpFamily::fence:
    case OpFamily::word:
    case OpFamily::call:
    case OpFamily::channel:
    case OpFamily::launch:
    case OpFamily::runtime:
      break;
  }
  not_for_engines(op.kind);
}

PagedEngine::Placed& PagedEngine::check(const Thread& thread, const Op& op) {
  if (op.object.index() >= objects_.size() || !objects_[op.object.index()].live) {
    reject(thread, op, "it is not allocated");
  }
  Placed& object = objects_[op.object.index()];
  if (op.offset > object.size || op.length > object.size - op.offset) {
    reject(thread, op, "the bytes do not lie in an object of " + to_string(object.size));
  }
  return object;
}

void PagedEngine::place(ObjectId object, VirtualAddress address) {
  if (object.index() >= objects_.size()) {
    objects_.resize(object.index() + 1);
  }
  const Bytes size = context_.objects.size(object);
  objects_[object.index()] = {.address = address, .size = size, .live = true};
  locks_.add(object);
  words_.erase(words_.lower_bound(address), words_.lower_bound(address + size));
}

Task<> PagedEngine::extra(Thread& thread, Op& op) { reject(thread, op, "it is not offered"); }

void PagedEngine::reject(const Thread& thread, const Op& op, const std::string& why) const {
  throw Error(refusal(thread, op, why));
}

void PagedEngine::out_of_memory(const Thread& thread, const Op& op, const std::string& why) const {
  throw OutOfMemory(refusal(thread, op, why));
}

std::string PagedEngine::refusal(const Thread& thread, const Op& op, const std::string& why) const {
  return name_ + ": " + std::string(to_string(op.kind)) + " of " + object_name(op.object) + " by " +
         thread_name(thread.id(), thread.node()) + " at " + to_string(queue_.now()) + ": " + why;
}

Task<> PagedEngine::spend(Thread& thread, Duration time, Category category) {
  co_await queue_.delay(time);
  thread.tally().charge(category, queue_.now());
}

PagedEngine::Progress& PagedEngine::progress(const Thread& thread) {
  if (thread.id().index() >= progress_.size()) {
    progress_.resize(thread.id().index() + 1);
  }
  return progress_[thread.id().index()];
}

// ---- loads and stores

PagedEngine::Reference PagedEngine::first_part(const Thread& thread, const Op& op,
                                               const Placed& object) const {
  const VirtualAddress address = object.address + op.offset;
  const Bytes offset = shape().offset_of(address);
  return {.server = thread.node(),
          .page = shape().page_of(address),
          .offset = offset,
          .length = std::min(op.length, shape().page() - offset),
          .wanted = op.kind == OpKind::read ? Permission::read : Permission::write};
}

MaybeDuration PagedEngine::try_access(Thread& thread, Op& op) {
  const Reference part = first_part(thread, op, check(thread, op));
  Frame* const frame = hit(part);
  if (frame == nullptr) {
    return std::nullopt;
  }
  if (part.length < op.length) [[unlikely]] {
    return try_parts(thread, op, part);
  }
  refer(*frame, part, op);
  return touch(thread, *frame, part);
}

/// References within one page. Whatever else comes, a mistake of the program too, is for who awaits
/// the operation.
std::size_t PagedEngine::try_run(Thread& thread, std::span<const PlainAccess> accesses,
                                 HitRun& result) {
  HitRun run = result;
  const bool cached = has_cpu_caches();
  const Duration beyond =
      cached ? caches_.of(thread.node()).latency(CpuCaches::Level::memory) : Duration();
  const PageShape shape = this->shape();
  const std::size_t objects = objects_.size();
  Reference part{.server = thread.node(), .page = {}, .offset = {}, .length = {}, .wanted = {}};
  std::size_t done = 0;
  for (const PlainAccess& access : accesses) {
    if (access.object.index() >= objects) {
      break;
    }
    const Placed& object = objects_[access.object.index()];
    const VirtualAddress address = object.address + Bytes(access.offset);
    part.page = shape.page_of(address);
    part.offset = shape.offset_of(address);
    part.length = Bytes(access.length);
    part.wanted = access.writes ? Permission::write : Permission::read;
    if (!object.live || Bytes(access.offset) + part.length > object.size ||
        part.offset + part.length > shape.page()) {
      break;
    }
    Frame* const frame = hit(part);
    const Duration time = cost(part.length);
    if (frame == nullptr || !run.admits(access.before, time + beyond)) {
      break;
    }
    mark(*frame, part);
    run.add(access.writes, access.before, cached ? touch_caches(thread, *frame, part) : time);
    ++done;
  }
  result = run;
  return done;
}

/// More than one page, of which the first is there.
MaybeDuration PagedEngine::try_parts(Thread& thread, Op& op, const Reference& first) {
  for (Reference part = first; part.length > Bytes(0); part = next_part(part, first, op)) {
    if (hit(part) == nullptr) {
      return std::nullopt;
    }
  }
  Duration time;
  for (Reference part = first; part.length > Bytes(0); part = next_part(part, first, op)) {
    Frame& frame = *hit(part);
    refer(frame, part, op);
    time += has_cpu_caches() ? touch(thread, frame, part) : Duration();
  }
  return has_cpu_caches() ? time : cost(op.length);
}

/// What follows `part` of an operation; no bytes: nothing does.
PagedEngine::Reference PagedEngine::next_part(const Reference& part, const Reference& first,
                                              const Op& op) const {
  Reference next = part;
  next.page = PageNumber(part.page.value() + 1);
  next.offset = Bytes(0);
  const Bytes begin = shape().start_of(first.page) + first.offset;
  next.length = std::min(begin + op.length - shape().start_of(next.page), shape().page());
  return shape().start_of(next.page) < begin + op.length ? next : Reference{};
}

Task<> PagedEngine::access(Thread& thread, Op& op) {
  const Reference first = first_part(thread, op, check(thread, op));
  Reference part = first;
  Duration time;
  do {
    co_await obtain(thread, part);
    Frame& frame = *hit(part);
    refer(frame, part, op);
    time += has_cpu_caches() ? touch(thread, frame, part) : Duration();
    ++progress(thread).parts;
    part = next_part(part, first, op);
  } while (part.length > Bytes(0));
  if (!has_cpu_caches()) {
    time = cost(op.length);
  }
  co_await spend(thread, time);
}

Task<> PagedEngine::obtain(Thread& thread, Reference reference) {
  while (hit(reference) == nullptr) {
    co_await fault(thread, reference.page, reference.wanted);
  }
}

void PagedEngine::refer(Frame& frame, const Reference& reference, Op& op) {
  mark(frame, reference);
  const bool writes = reference.wanted == Permission::write;
  if (witness() != nullptr) [[unlikely]] {
    tell(frame, reference, op);
  } else {
    op.result = writes ? frame.contents[0] = ++last_name_ : frame.contents[0];
  }
}

/// The witness, unit by unit.
void PagedEngine::tell(Frame& frame, const Reference& reference, Op& op) {
  const Bytes end = reference.offset + std::max(reference.length, Bytes(1));
  const Bytes unit = names_ == 1 ? shape().page() : shape().line();
  for (Bytes at = reference.offset; at < end;) {
    const auto number = static_cast<std::uint32_t>(at.count() / unit.count());
    const Bytes until = std::min(end, unit * (number + 1));
    const Extent extent{reference.page.value() * names_ + number, at - unit * number, until - at};
    std::uint64_t& name = frame.contents[number];
    if (reference.wanted == Permission::write) {
      context_.witness->wrote(op.token(), extent, std::exchange(name, op.token()));
    } else {
      context_.witness->read(op.token(), extent, name);
    }
    op.result = name;
    at = until;
  }
}

// ---- CPU caches

Duration PagedEngine::touch_caches(const Thread& thread, Frame& frame, const Reference& reference) {
  const NodeId server = reference.server;
  const auto touch =
      caches_.touch(server, thread.id(), shape().start_of(reference.page) + reference.offset,
                    reference.length, reference.wanted == Permission::write,
                    [&](std::uint64_t line) { written_back(server, CpuCaches::kLine * line); });
  if (!touch.memory) {
    return touch.time;
  }
  if (referencing_.recency) {
    frame.order = ++order_;
  }
  return touch.time + cost(reference.length);
}

void PagedEngine::drop_lines(NodeId server, PageNumber page) {
  caches_.drop(server, shape().start_of(page), shape().page(),
               [&](std::uint64_t line) { written_back(server, CpuCaches::kLine * line); });
}

// ---- locks and atomics

PagedEngine::Reference PagedEngine::lock_word(const Thread& thread, const Placed& object) const {
  return {.server = thread.node(),
          .page = shape().page_of(object.address),
          .offset = shape().offset_of(object.address),
          .length = Bytes(8),
          .wanted = Permission::write};
}

/// Locks and atomics for which the page is here and nobody waits.
MaybeDuration PagedEngine::try_lock_word(Thread& thread, Op& op) {
  const Placed& object = check(thread, op);
  const bool atomic = is_atomic(op.kind);
  const Reference word = atomic ? first_part(thread, op, object) : lock_word(thread, object);
  if (hit(word) == nullptr) {
    return std::nullopt;
  }
  if (atomic) {
    apply_atomic(op, word);
  } else if (op.kind == OpKind::unlock) {
    if (compute_servers() > 1 && locks_.contended(op.object)) {
      return std::nullopt;  // it may take a message
    }
    leave(thread, op, {});
  } else if (const bool taken = locks_.try_take(thread, op.object, mode_of(op.kind));
             taken || tries(op.kind)) {
    op.result = taken ? 1 : 0;
  } else {
    return std::nullopt;
  }
  return operate(thread, word);
}

/// Time of an instruction that changes the word, which is here.
Duration PagedEngine::operate(const Thread& thread, const Reference& word) {
  Frame& frame = *hit(word);
  if (referencing_.words_dirty) {
    stain(frame, word);
  }
  return touch(thread, frame, word) + referencing_.local_atomic;
}

Task<> PagedEngine::atomic(Thread& thread, Op& op) {
  const Reference word = first_part(thread, op, check(thread, op));
  co_await obtain(thread, word);
  apply_atomic(op, word);
  co_await spend(thread, operate(thread, word));
}

void PagedEngine::apply_atomic(Op& op, const Reference& reference) {
  hit(reference)->data.access(traffic_, Cause::write, reference.length);
  const VirtualAddress address = objects_[op.object.index()].address + op.offset;
  std::uint64_t& word = words_[address];
  op.result = dsmsim::apply_atomic(op.kind, word, op.operand(), op.expected());
}

/// Who joins the queue needs the page; so does who takes the lock when its turn has come.
Task<> PagedEngine::lock(Thread& thread, Op& op) {
  const Reference word = lock_word(thread, check(thread, op));
  co_await obtain(thread, word);
  bool taken = locks_.try_take(thread, op.object, mode_of(op.kind));
  if (!taken && !tries(op.kind)) {
    auto turn = locks_.turn(thread, op.object, mode_of(op.kind));
    co_await turn;
    thread.tally().charge(Category::lock_wait, queue_.now());
    progress(thread).granted = true;
    co_await obtain(thread, word);
    locks_.take(thread, op.object, mode_of(op.kind));
    taken = true;
  }
  op.result = taken ? 1 : 0;
  co_await spend(thread, operate(thread, word));
}

Task<> PagedEngine::unlock(Thread& thread, Op& op) {
  const Reference word = lock_word(thread, check(thread, op));
  co_await obtain(thread, word);
  const Duration written = operate(thread, word);
  co_await spend(thread, written + leave(thread, op, written));
}

/// Gives the CPU time that it takes to wake who is next, beyond `spent`.
Duration PagedEngine::leave(const Thread& thread, const Op& op, Duration spent) {
  Duration more;
  const bool held =
      locks_.leave(thread, op.object, [&](Thread& next, std::coroutine_handle<> waiter) {
        more += wake(thread.node(), next, waiter, spent + more);
      });
  if (!held) {
    reject(thread, op, "the thread does not hold its lock");
  }
  return more;
}

Duration PagedEngine::wake(NodeId, Thread&, std::coroutine_handle<> waiter, Duration) {
  queue_.wake(waiter);
  return {};
}

// ---- for a checker

void PagedEngine::fingerprint_frame(const Frame& frame, Fingerprint& into) {
  const auto& [page, order, permission, partial, owned, data, dirty, contents] = frame;
  into.add(page, permission, partial, owned);  // data measure
  dirty.fingerprint(into);
  contents.fingerprint(into);
}

/// A witness names what is written; the numbers of orders are only compared.
void PagedEngine::fingerprint_references(Fingerprint& into) const {
  const auto& [context, name, queue, traffic, profile, referencing, names, tables, caches, objects,
               locks, words, progress, order, last_name] = *this;
  for (const PageMap<Frame*>& table : tables) {
    table.for_each([&into](PageNumber page, const Frame* frame) {
      into.add(page.value());
      fingerprint_frame(*frame, into);
    });
    into.add(0);
  }
  caches.fingerprint(into);
  for (const Placed& object : objects) {
    const auto& [address, size, live] = object;
    into.add(address, size, live);
  }
  locks.fingerprint(into);
  for (const auto& [address, word] : words) {
    into.add(address, word);
  }
  into.add(words.size());
  for (const Progress& thread : progress) {
    const auto& [parts, robbed, stage, granted] = thread;
    into.add(parts, robbed, stage, granted);
  }
}

void PagedEngine::check_references() const {
  constexpr std::uint32_t kMostRobbed = 1;
  for (std::size_t thread = 0; thread < progress_.size(); ++thread) {
    if (progress_[thread].robbed > kMostRobbed) {
      throw Error(ExitCode::deadlock,
                  name_ + ": starvation of thread " + std::to_string(thread) +
                      ": a page that it had asked for came and was taken away again " +
                      std::to_string(progress_[thread].robbed) + " times before it could use it");
    }
  }
  for (std::size_t server = 0; server < tables_.size(); ++server) {
    tables_[server].for_each([&](PageNumber page, const Frame* frame) {
      if (frame->page != page) {
        throw Error(ExitCode::incoherent, name_ + ": server " + std::to_string(server) +
                                              " maps page " + std::to_string(page.value()) +
                                              " to a frame of another page");
      }
      for (std::size_t other = 0; other < tables_.size(); ++other) {
        const Frame* const copy = tables_[other].find(page);
        if (other != server && copy != nullptr && frame->permission == Permission::write &&
            copy->permission != Permission::none) {
          throw Error(ExitCode::incoherent, name_ + ": server " + std::to_string(server) +
                                                " may write page " + std::to_string(page.value()) +
                                                ", and server " + std::to_string(other) +
                                                " has a copy of it");
        }
      }
    });
  }
}

}  // namespace dsmsim::paging
