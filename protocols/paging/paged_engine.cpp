#include "protocols/paging/paged_engine.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/dsm/boundary/hit_run.hpp"
#include "sim/dsm/contract/witness.hpp"
#include "sim/time/wait_for_graph.hpp"

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
      caches_(context.cluster.servers()),
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
    locks_.grow(object.index() + 1);
  }
  const Bytes size = context_.objects.size(object);
  objects_[object.index()] = {.address = address, .size = size, .holder = {}, .live = true};
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
      cached ? caches_of(thread.node()).latency(CpuCaches::Level::memory) : Duration();
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
      context_.witness->wrote(op.operand, extent, std::exchange(name, op.operand));
    } else {
      context_.witness->read(op.operand, extent, name);
    }
    op.result = name;
    at = until;
  }
}

// ---- CPU caches

CpuCaches& PagedEngine::caches_of(NodeId server) {
  std::unique_ptr<CpuCaches>& caches = caches_[server.index()];
  if (!caches) {
    caches = std::make_unique<CpuCaches>(*referencing_.cpu_caches, profile_.cores);
  }
  return *caches;
}

/// Lines of one reference come one after the other from where the first of the slowest comes from.
Duration PagedEngine::touch_caches(const Thread& thread, Frame& frame, const Reference& reference) {
  CpuCaches& caches = caches_of(reference.server);
  const std::uint32_t core = caches.core_of(thread.id());
  const VirtualAddress begin = shape().start_of(reference.page) + reference.offset;
  const std::uint64_t first = begin.count() / CpuCaches::kLine.count();
  const std::uint64_t last =
      (begin + std::max(reference.length, Bytes(1)) - Bytes(1)).count() / CpuCaches::kLine.count();
  const auto write_back = [&](std::uint64_t line) {
    written_back(reference.server, CpuCaches::kLine * line);
  };
  auto slowest = CpuCaches::Level::l1;
  for (std::uint64_t line = first; line <= last; ++line) {
    slowest = std::max(
        slowest, caches.access(core, line, reference.wanted == Permission::write, write_back));
  }
  const Duration reach = caches.latency(slowest);
  if (slowest != CpuCaches::Level::memory) {
    return reach + caches.latency(CpuCaches::Level::l1) * static_cast<std::int64_t>(last - first);
  }
  if (referencing_.recency) {
    frame.order = ++order_;
  }
  return reach + cost(reference.length);
}

void PagedEngine::drop_lines(NodeId server, PageNumber page) {
  if (caches_[server.index()]) {
    caches_[server.index()]->drop(
        shape().start_of(page).count() / CpuCaches::kLine.count(),
        shape().page().count() / CpuCaches::kLine.count(),
        [&](std::uint64_t line) { written_back(server, CpuCaches::kLine * line); });
  }
}

void PagedEngine::reset_cpu_caches() {
  for (const auto& caches : caches_) {
    if (caches) {
      caches->reset_counters();
    }
  }
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
  } else if (const bool taken = locks_.try_acquire(op.object, mode_of(op.kind));
             taken || tries(op.kind)) {
    op.result = taken ? 1 : 0;
    if (taken) {
      take(thread, op);
    }
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
  op.result = dsmsim::apply_atomic(op.kind, word, op.operand, op.expected);
}

/// Who joins the queue needs the page; so does who takes the lock when its turn has come.
Task<> PagedEngine::lock(Thread& thread, Op& op) {
  const Reference word = lock_word(thread, check(thread, op));
  co_await obtain(thread, word);
  bool taken = locks_.try_acquire(op.object, mode_of(op.kind));
  if (!taken && !tries(op.kind)) {
    progress(thread).sleeper = &thread;
    auto turn = locks_.acquire(op.object, mode_of(op.kind), thread.id());
    co_await turn;
    thread.tally().charge(Category::lock_wait, queue_.now());
    taken = true;
    progress(thread).granted = true;
    co_await obtain(thread, word);
  }
  op.result = taken ? 1 : 0;
  if (taken) {
    take(thread, op);
  }
  co_await spend(thread, operate(thread, word));
}

Task<> PagedEngine::unlock(Thread& thread, Op& op) {
  const Reference word = lock_word(thread, check(thread, op));
  co_await obtain(thread, word);
  const Duration written = operate(thread, word);
  co_await spend(thread, written + leave(thread, op, written));
}

void PagedEngine::take(const Thread& thread, const Op& op) {
  if (is_shared(op.kind)) {
    readers_.push_back({op.object, {thread.id(), thread.node()}});
  } else {
    objects_[op.object.index()].holder = {thread.id(), thread.node()};
  }
}

/// Gives the CPU time that it takes to wake who is next, beyond `spent`.
Duration PagedEngine::leave(const Thread& thread, const Op& op, Duration spent) {
  Holder& holder = objects_[op.object.index()].holder;
  const Holder here{thread.id(), thread.node()};
  if (holder == here) {
    holder = {};
    return pass_on(thread.node(), op.object, BorrowMode::exclusive, spent);
  }
  const auto reader = std::find(readers_.begin(), readers_.end(), Reader{op.object, here});
  if (reader == readers_.end()) {
    reject(thread, op, "the thread does not hold its lock");
  }
  readers_.erase(reader);
  return pass_on(thread.node(), op.object, BorrowMode::shared, spent);
}

Duration PagedEngine::pass_on(NodeId from, ObjectId object, BorrowMode mode, Duration spent) {
  Duration more;
  locks_.release(object, mode, [&](ThreadId next, std::coroutine_handle<> waiter) {
    more += wake(from, *progress_[next.index()].sleeper, waiter, spent + more);
  });
  return more;
}

Duration PagedEngine::wake(NodeId, Thread&, std::coroutine_handle<> waiter, Duration) {
  queue_.wake(waiter);
  return {};
}

void PagedEngine::describe_waits(WaitForGraph& graph) const {
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const Holder& holder = objects_[i].holder;
    if (holder.thread.valid()) {
      graph.held(object_name(ObjectId(i)), thread_name(holder.thread, holder.server));
    }
  }
  for (const Reader& reader : readers_) {
    graph.held(object_name(reader.object), thread_name(reader.holder.thread, reader.holder.server));
  }
}

// ---- for a checker

void PagedEngine::fingerprint_frame(const Frame& frame, Fingerprint& into) {
  into.add(frame.page.value());
  into.add((static_cast<std::uint64_t>(frame.permission) << 2) | (frame.partial ? 2U : 0U) |
           (frame.owned ? 1U : 0U));
  for (std::uint32_t i = 0; i < frame.dirty.words().lines(); ++i) {
    into.add(frame.dirty.words()[i]);
  }
  for (std::uint32_t i = 0; i < frame.contents.lines(); ++i) {
    into.add(frame.contents[i]);
  }
}

void PagedEngine::fingerprint_references(Fingerprint& into) const {
  for (const PageMap<Frame*>& table : tables_) {
    table.for_each([&into](PageNumber page, const Frame* frame) {
      into.add(page.value());
      fingerprint_frame(*frame, into);
    });
    into.add(0);
  }
  for (const Placed& object : objects_) {
    into.add(object.address.count());
    into.add(object.holder.thread.value());
    into.add(object.live ? 1 : 0);
  }
  locks_.fingerprint(into);
  std::vector<Reader> readers = readers_;
  std::sort(readers.begin(), readers.end());
  for (const Reader& reader : readers) {
    into.add(reader.object.value());
    into.add(reader.holder.thread.value());
  }
  for (const auto& [address, word] : words_) {
    into.add(address.count());
    into.add(word);
  }
  for (const Progress& progress : progress_) {
    into.add((progress.parts << 17) | (std::uint64_t{progress.stage} << 9) |
             (std::uint64_t{progress.robbed} << 1) | (progress.granted ? 1 : 0));
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
