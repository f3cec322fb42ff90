#include "protocols/paging/shared_pages.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/base/host_memory.hpp"
#include "sim/base/stop.hpp"

namespace dsmsim::paging {
namespace {

std::uint64_t pages_in(Bytes memory, Bytes page) { return memory.count() / page.count(); }

}  // namespace

std::vector<NodeId> servers_from(std::uint32_t first, std::uint32_t end) {
  std::vector<NodeId> servers;
  for (std::uint32_t i = first; i < end; ++i) {
    servers.emplace_back(i);
  }
  return servers;
}

SharedPages::SharedPages(EngineContext context, SharedPagesSetting setting)
    : PagedEngine(context, setting.name, setting.referencing),
      setting_(std::move(setting)),
      memory_(context.cluster, types_, setting_.homes, shape().page(), setting_.grant,
              setting_.name),
      fault_handlers_(setting_.compute_servers, FaultHandlers(queue(), setting_.fault_handlers)),
      mutant_(context.mutant, directory_mutants()),
      directory_({.cluster = context.cluster,
                  .shape = shape(),
                  .holder = *this,
                  .homes = setting_.homes,
                  .pages_per_home = pages_in(context.cluster.profile().memory, shape().page()),
                  .upgrades = setting_.upgrades,
                  .dirty_lines_only = setting_.dirty_lines_only,
                  .blank = blank(),
                  .clean = clean(),
                  .mutant = mutant_}) {
  const Bytes page = shape().page();
  const std::uint64_t frames = pages_in(setting_.cache, page);
  if (frames == 0) {
    throw Misfit("/cache", setting_.name + ": a cache of " + to_string(setting_.cache) +
                               " has no room for a page of " + to_string(page));
  }
  const auto ways = static_cast<std::uint32_t>(std::min<std::uint64_t>(setting_.ways, frames));
  check_host_memory(
      saturated_product(frames / ways, Bytes(sizeof(void*) * setting_.compute_servers)), "/cache",
      setting_.name + ": " + std::to_string(setting_.compute_servers) + " caches of " +
          std::to_string(frames) + " pages");
  for (std::uint32_t i = 0; i < setting_.compute_servers; ++i) {
    stop_if_asked();
    caches_.emplace_back(frames / ways * ways, ways);
  }
  if (!context.cluster.has_fabric()) {
    return;
  }
  Fabric& fabric = context.cluster.fabric();
  types_ = MessageTypes<SharedMessageKind>(fabric.ledger());
  MessageHandler& handler = *this;
  for (std::uint32_t i = 0; i < context.cluster.servers(); ++i) {
    stop_if_asked();
    const bool is_home =
        std::binary_search(setting_.homes.begin(), setting_.homes.end(), NodeId(i));
    workers_.push_back(
        std::make_unique<WorkerPool>(fabric, NodeId(i), is_home ? setting_.workers : 1, handler));
  }
}

// ---- faults

/// What the thread does with the page follows at the moment at which this ends, so that nobody
/// takes it away before; all software is paid for at the beginning. All that the thread knows while
/// it waits is in the directory.
Task<> SharedPages::fault(Thread& thread, PageNumber page, Permission wanted) {
  const NodeId here = thread.node();
  const Frame* const copy = find(here, page);
  const bool has_copy = copy != nullptr && copy->permission != Permission::none;
  const auto& costs = setting_.costs;
  const Duration entered = has_copy ? costs.upgrade : costs.fault;
  const Duration handled = has_copy ? costs.handled_upgrade : costs.handled_fault;
  co_await spend(thread, entered, Category::fault);
  co_await fault_handlers_[here.index()].work(handled, thread.tally());
  if (directory_.home_of(page) == here) {
    directory_.image(page);
  }
  Frame* const frame = find(here, page);
  if (frame != nullptr && frame->permission >= wanted) {
    co_return;  // another thread has brought it meanwhile
  }
  if (frame != nullptr && is_crowded(here, *frame)) {
    directory_.evict(here, *frame);
  }
  const bool asks = !directory_.is_under_way(here, page);
  if (asks) {
    directory_.request(here, page, wanted, &thread.tally());
  }
  if (directory_.is_under_way(here, page)) {
    auto turn = directory_.wait(here, page);
    co_await turn;
    thread.tally().charge(Category::fault, queue().now());
  }
  const Frame* const now = find(here, page);
  if (asks && (now == nullptr || now->permission < wanted)) {
    robbed(thread);
  }
}

/// Whether all frames of its set but one hold pages that are being upgraded, which cannot go: the
/// last one must stay free for pages that come.
bool SharedPages::is_crowded(NodeId server, const Frame& frame) {
  if (directory_.home_of(frame.page) == server || !directory_.may_evict(server, frame)) {
    return false;
  }
  SetCache<Frame>& cache = caches_[server.index()];
  std::uint32_t upgrading = 0;
  cache.victim(frame.page, [&](const Frame& other) {
    upgrading += directory_.may_evict(server, other) ? 0 : 1;
    return false;
  });
  return upgrading + 1 >= cache.ways();
}

Frame& SharedPages::receive(NodeId server, PageNumber page, Duration& spent) {
  make_room(server, page, spent);
  Frame& frame = *caches_[server.index()].free_frame(page);
  frame.page = page;
  frame.order = next_order();
  frame.data.forget();
  frame.contents = blank();
  frame.dirty = clean();
  map(server, frame);
  return frame;
}

void SharedPages::make_room(NodeId server, PageNumber page, Duration& spent) {
  SetCache<Frame>& cache = caches_[server.index()];
  if (cache.free_frame(page) != nullptr) {
    return;
  }
  Frame* const victim =
      cache.victim(page, [&](const Frame& frame) { return directory_.may_evict(server, frame); });
  if (victim == nullptr) {
    throw Error(setting_.name + ": the cache of server " + std::to_string(server.value()) +
                " is too small: every page of a set is being waited for");
  }
  spent += setting_.costs.unmap(server);
  if (victim->owned) {
    const std::uint32_t lines = victim->dirty.count();
    counters_.written_back_lines += lines;
    spent += setting_.costs.take_line * static_cast<std::int64_t>(lines);
  } else {
    ++counters_.evicted_copies;
  }
  spent += directory_.evict(server, *victim);
}

void SharedPages::withdraw(NodeId server, Frame& frame) {
  unmap(server, frame.page);
  frame.page = PageNumber();
  frame.permission = Permission::none;
  frame.owned = false;
}

// ---- locks

/// What the sleeper's operation takes from now on is the message's.
Duration SharedPages::wake(NodeId from, Thread& sleeper, std::coroutine_handle<> waiter,
                           Duration spent) {
  if (sleeper.node() == from) {
    return PagedEngine::wake(from, sleeper, waiter, spent);
  }
  Fabric& fabric = cluster().fabric();
  if (mutant_.is("directory.lose_wake")) {
    return fabric.nic().post;
  }
  ++counters_.wakes;
  sleepers_.emplace(sleeper.id(), waiter);
  sleeper.tally().charge(Category::lock_wait, queue().now());
  fabric.post({.from = from,
               .to = sleeper.node(),
               .verb = Verb::send,
               .type = types_[SharedMessageKind::wake],
               .payload = kPageMessageHeader,
               .after = spent + fabric.nic().post,
               .tally = &sleeper.tally(),
               .body = sleeper.id()});
  return fabric.nic().post;
}

void SharedPages::on_wake(ThreadId thread) {
  const auto sleeper = sleepers_.find(thread);
  queue().wake(sleeper->second);
  sleepers_.erase(sleeper);
}

// ---- memory

Task<> SharedPages::allocate(Thread& thread, Op& op) {
  co_await spend(thread, setting_.costs.allocation);
  Task<std::optional<VirtualAddress>> allocating = memory_.allocate(thread, op.node, op.length);
  const std::optional<VirtualAddress> address = co_await allocating;
  if (!address) {
    reject(thread, op,
           "out of memory: " + to_string(op.length) + " wanted, and no server has room; " +
               memory_.all_in_use());
  }
  place(op.object, *address);
}

Task<> SharedPages::release(Thread& thread, Op&, VirtualAddress address, Bytes size) {
  const NodeId home = directory_.home_of(shape().page_of(address));
  Duration time = setting_.costs.allocation;
  if (home == thread.node()) {
    memory_.release_here(home, address, size);
  } else {
    time = memory_.release_at(home, thread, address, size);
  }
  return spend(thread, time);
}

// ---- messages

Duration SharedPages::service_time(const Delivery& message) {
  if (!directory_.handles(message.type)) {
    const bool wakes = types_.kind(message.type) == SharedMessageKind::wake;
    return wakes ? setting_.costs.wake : setting_.costs.memory;
  }
  return setting_.costs.service(message.to, directory_.kind(message)) +
         setting_.costs.put_line * static_cast<std::int64_t>(directory_.lines(message));
}

Duration SharedPages::handle(const Delivery& message) {
  return directory_.handles(message.type) ? directory_.handle(message) : handle_own(message);
}

Duration SharedPages::handle_own(const Delivery& delivery) {
  switch (types_.kind(delivery.type)) {
    case SharedMessageKind::allocate:
      return memory_.on_allocate(delivery);
    case SharedMessageKind::allocated:
      memory_.on_allocated(delivery.body.as<MemoryMessage>());
      break;
    case SharedMessageKind::release:
      memory_.on_release(delivery);
      break;
    case SharedMessageKind::wake:
      on_wake(delivery.body.as<ThreadId>());
      break;
  }
  return {};
}

// ---- reports and checks

void SharedPages::reset_counters() {
  reset_cpu_caches();
  directory_.reset_counters();
  counters_ = {};
}

void SharedPages::report(CounterReport& report) const {
  DirectoryCounters all = directory_.counters();
  all += counters_;
  report.add(all);
}

void SharedPages::fingerprint(Fingerprint& into) const {
  fingerprint_references(into);
  directory_.fingerprint(into);
  for (const SetCache<Frame>& cache : caches_) {
    cache.fingerprint(into);
  }
  memory_.fingerprint(into);
  for (const auto& [thread, waiter] : sleepers_) {
    into.add(thread.value());
  }
  into.add(sleepers_.size());
  for (const auto& workers : workers_) {
    into.add(workers->backlog());
  }
}

void SharedPages::fingerprint(const Post& message, Fingerprint& into) const {
  if (directory_.handles(message.type)) {
    directory_.fingerprint(message.body, into);
  } else if (types_.contain(message.type) && types_.kind(message.type) != SharedMessageKind::wake) {
    const auto [kind, thread, call, size, address] =
        message.body.as<MemoryMessage>();  // the thread calls
    into.add(thread, size);
    into.add(address ? 1 + address->count() : 0);
  } else {  // of one thread to another
    into.add(message.body.bytes());
  }
}

void SharedPages::check_always() const {
  check_references();
  directory_.check();
}

std::vector<ObjectId> SharedPages::lost_with(NodeId server) const {
  return objects_where([&](PageNumber page) { return directory_.is_lost_with(server, page); });
}

int SharedPages::situation(const Post& message) const {
  return directory_.handles(message.type) ? directory_.situation(message) : -1;
}

}  // namespace dsmsim::paging
