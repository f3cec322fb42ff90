#include "protocols/ivy/engine.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

using paging::PageNumber;
using paging::Permission;
using paging::VirtualAddress;

constexpr Bytes kMemoryMessage = Bytes(24);

std::uint64_t pages_in(Bytes memory, Bytes page) { return memory.count() / page.count(); }

}  // namespace

std::span<const MutantRow> ivy_mutants() { return paging::directory_mutants(); }

IvyEngine::IvyEngine(EngineContext context, IvyOptions options)
    : PagedEngine(context, "ivy",
                  {.shape = paging::PageShape(options.page, std::min(options.page, Bytes(64))),
                   .recency = true,
                   .local_atomic = options.costs.local_atomic,
                   .farther = {}}),
      options_(std::move(options)),
      classes_(paging::heap_classes(options_.page, options_.grant)),
      directory_({.cluster = context.cluster,
                  .shape = shape(),
                  .holder = *this,
                  .pages_per_home = pages_in(context.cluster.profile().memory, options_.page),
                  .upgrades = options_.upgrades,
                  .blank = blank(),
                  .clean = clean(),
                  .mutant = Mutant(context.mutant, ivy_mutants())}) {
  const Bytes memory = options_.page * pages_in(context.cluster.profile().memory, options_.page);
  if (memory == Bytes(0)) {
    throw Error("ivy: the memory of a server is smaller than a page");
  }
  const std::uint64_t frames =
      pages_in(options_.cache == Bytes(0) ? memory : options_.cache, options_.page);
  const auto ways = static_cast<std::uint32_t>(std::min<std::uint64_t>(options_.ways, frames));
  for (std::uint32_t i = 0; i < context.cluster.servers(); ++i) {
    heaps_.emplace_back(classes_, memory * i, memory);
    caches_.emplace_back(frames / ways * ways, ways);
  }
  if (!context.cluster.has_fabric()) {
    return;
  }
  Fabric& fabric = context.cluster.fabric();
  memory_types_ = {fabric.ledger().declare("ALLOCATE", Verb::send, Purpose::control),
                   fabric.ledger().declare("ALLOCATED", Verb::send, Purpose::control),
                   fabric.ledger().declare("RELEASE", Verb::send, Purpose::control)};
  MessageHandler& handler = *this;
  for (std::uint32_t i = 0; i < context.cluster.servers(); ++i) {
    workers_.push_back(std::make_unique<WorkerPool>(fabric, NodeId(i), options_.workers, handler));
  }
}

// ---- faults

/// What the thread does with the page follows at the moment at which this ends, so that nobody
/// takes it away before; all software is paid for at the beginning. All that the thread knows while
/// it waits is in the directory.
Task<> IvyEngine::fault(Thread& thread, PageNumber page, Permission wanted) {
  const NodeId here = thread.node();
  co_await spend(thread, options_.costs.fault, Category::fault);
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
  if (!directory_.is_under_way(here, page)) {
    directory_.request(here, page, wanted, &thread.tally());
  }
  if (directory_.is_under_way(here, page)) {
    auto turn = directory_.wait(here, page);
    co_await turn;
    thread.tally().charge(Category::fault, queue().now());
  }
}

/// Whether all frames of its set but one hold pages that are being upgraded, which cannot go: the
/// last one must stay free for pages that come.
bool IvyEngine::is_crowded(NodeId server, const Frame& frame) {
  if (directory_.home_of(frame.page) == server || !directory_.may_evict(server, frame)) {
    return false;
  }
  paging::SetCache<Frame>& cache = caches_[server.index()];
  std::uint32_t upgrading = 0;
  cache.victim(frame.page, [&](const Frame& other) {
    upgrading += directory_.may_evict(server, other) ? 0 : 1;
    return false;
  });
  return upgrading + 1 >= cache.ways();
}

paging::Frame& IvyEngine::receive(NodeId server, PageNumber page, Duration& spent) {
  make_room(server, page, spent);
  Frame& frame = *caches_[server.index()].free_frame(page);
  frame.page = page;
  frame.order = next_order();
  frame.contents = blank();
  frame.dirty = clean();
  map(server, frame);
  return frame;
}

void IvyEngine::make_room(NodeId server, PageNumber page, Duration& spent) {
  paging::SetCache<Frame>& cache = caches_[server.index()];
  if (cache.free_frame(page) != nullptr) {
    return;
  }
  Frame* const victim =
      cache.victim(page, [&](const Frame& frame) { return directory_.may_evict(server, frame); });
  if (victim == nullptr) {
    throw Error("ivy: the cache of server " + std::to_string(server.value()) +
                " is too small: every page of a set is being waited for");
  }
  if (victim->owned) {
    written_back_lines_ += victim->dirty.count();
  } else {
    ++evicted_copies_;
  }
  spent += options_.costs.unmap + directory_.evict(server, *victim);
}

void IvyEngine::withdraw(NodeId server, Frame& frame) {
  unmap(server, frame.page);
  frame.page = PageNumber();
  frame.permission = Permission::none;
  frame.owned = false;
}

// ---- memory

/// Here if the program does not care; else, or when there is no room, on other servers in turn.
Task<> IvyEngine::allocate(Thread& thread, Op& op) {
  co_await spend(thread, options_.costs.allocation);
  const NodeId first = op.node.valid() ? op.node : thread.node();
  for (std::size_t i = 0; i < heaps_.size(); ++i) {
    const NodeId server(static_cast<std::uint32_t>((first.index() + i) % heaps_.size()));
    std::optional<VirtualAddress> address;
    if (server == thread.node()) {
      address = heaps_[server.index()].allocate(op.length);
    } else {
      address = co_await ask(thread, server, op.length);
    }
    if (address) {
      place(op.object, *address);
      co_return;
    }
  }
  reject(thread, op, "out of memory: " + to_string(op.length) + " wanted, and no server has room");
}

Task<std::optional<VirtualAddress>> IvyEngine::ask(Thread& thread, NodeId server, Bytes size) {
  Ask& ask = asks_.emplace(thread.id(), Ask{Gate(queue()), {}}).first->second;
  post(thread.node(), server,
       {.kind = MemoryMessageKind::allocate, .thread = thread.id(), .size = size, .address = {}},
       &thread.tally());
  auto answer = ask.gate.wait();
  co_await answer;
  thread.tally().charge(Category::handler, queue().now());
  const std::optional<VirtualAddress> address = ask.address;
  asks_.erase(thread.id());
  co_return address;
}

Task<> IvyEngine::release(Thread& thread, Op&, VirtualAddress address, Bytes size) {
  const NodeId home = directory_.home_of(shape().page_of(address));
  if (home == thread.node()) {
    heaps_[home.index()].release(address, size);
    co_await spend(thread, options_.costs.allocation);
  } else {
    co_await spend(thread, post(thread.node(), home,
                                {.kind = MemoryMessageKind::release,
                                 .thread = thread.id(),
                                 .size = size,
                                 .address = address},
                                nullptr));
  }
}

Duration IvyEngine::post(NodeId from, NodeId to, const MemoryMessage& message, Tally* tally) {
  Fabric& fabric = cluster().fabric();
  fabric.post({.from = from,
               .to = to,
               .verb = Verb::send,
               .type = memory_types_[static_cast<std::size_t>(message.kind)],
               .payload = kMemoryMessage,
               .after = fabric.nic().post,
               .tally = tally,
               .body = message});
  return fabric.nic().post;
}

Duration IvyEngine::handle_memory(const Delivery& delivery) {
  auto message = delivery.body.as<MemoryMessage>();
  paging::Heap& heap = heaps_[delivery.to.index()];
  switch (message.kind) {
    case MemoryMessageKind::allocate:
      message.kind = MemoryMessageKind::allocated;
      message.address = heap.allocate(message.size);
      return post(delivery.to, delivery.from, message, delivery.tally);
    case MemoryMessageKind::allocated: {
      Ask& ask = asks_.at(message.thread);
      ask.address = message.address;
      ask.gate.open();
      return {};
    }
    case MemoryMessageKind::release:
      heap.release(*message.address, message.size);
      return {};
  }
  return {};
}

Duration IvyEngine::handle(const Delivery& message) {
  return directory_.handles(message.type) ? directory_.handle(message) : handle_memory(message);
}

// ---- reports and checks

void IvyEngine::reset_counters() {
  directory_.reset_counters();
  evicted_copies_ = written_back_lines_ = 0;
}

void IvyEngine::report(nlohmann::ordered_json& counters) const {
  const paging::DirectoryCounters& c = directory_.counters();
  counters["read_faults"] = c.read_faults;
  counters["write_faults"] = c.write_faults;
  counters["upgrades"] = c.upgrades;
  counters["queued"] = c.queued;
  counters["invalidations"] = c.invalidations;
  counters["evicted_copies"] = evicted_copies_;
  counters["write_backs"] = c.write_backs;
  counters["written_back_dirty_lines"] = written_back_lines_;
  counters["late_write_backs"] = c.late_write_backs;
}

void IvyEngine::fingerprint(Fingerprint& into) const {
  fingerprint_references(into);
  directory_.fingerprint(into);
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    caches_[i].fingerprint(into);
    heaps_[i].fingerprint(into);
  }
}

void IvyEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (directory_.handles(message.type)) {
    directory_.fingerprint(message.body, into);
  } else {
    into.add(message.body.bytes());
  }
}

void IvyEngine::check_always() const {
  check_references();
  directory_.check();
}

std::vector<ObjectId> IvyEngine::lost_with(NodeId server) const {
  return objects_where([&](PageNumber page) { return directory_.is_lost_with(server, page); });
}

int IvyEngine::situation(const Post& message) const {
  return directory_.handles(message.type) ? directory_.situation(message) : -1;
}

}  // namespace dsmsim
