// Eviction: a victim's dirty lines go into the logs of its memory nodes, off the critical path of
// the miss that wants its frame (Calciu et al., ASPLOS 2021, the Eviction Handler).

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "protocols/kona/engine.hpp"

namespace dsmsim {

using kona::LogEntry;
using kona::MessageKind;
using kona::Use;

namespace {

/// A copy: memory nodes can be lost while somebody goes through them.
using Nodes = boost::container::small_vector<NodeId, 4>;

Nodes copy(std::span<const NodeId> nodes) { return {nodes.begin(), nodes.end()}; }

}  // namespace

/// From this moment on nobody can reach the block: who wants it waits until it has gone.
void KonaEngine::expel(Frame& frame, PageNumber next) {
  frame.use = Use::queued;
  frame.next = next;
  if (!system_.mutated("kona.evict_while_mapped")) {
    unmap(kCompute, frame.page);
    frame.permission = Permission::none;
  }
  evictions_.push_back(&frame);
  cluster().simulation().spawn(evict(frame));
}

KonaEngine::Frame* KonaEngine::leaving(PageNumber block) const {
  const auto found = std::find_if(evictions_.begin(), evictions_.end(),
                                  [block](const Frame* frame) { return frame->page == block; });
  return found == evictions_.end() ? nullptr : *found;
}

Task<> KonaEngine::evict(Frame& frame) {
  co_await evictors_.acquire();
  frame.use = Use::leaving;
  if (system_.mutated("kona.scan_before_snoop")) {
    frame.dirty = frame.tracked;
  }
  const Duration reaching =
      pages_fault() ? system_.options.costs.shootdown : system_.options.costs.snoop;
  co_await queue().delay(reaching + system_.options.costs.scan);
  snoop(frame);
  const std::uint32_t dirty = frame.tracked.count();
  system_.counters.shootdowns += pages_fault() ? 1 : 0;
  ++(dirty > 0 ? system_.counters.evicted_dirty : system_.counters.evicted_clean);
  system_.counters.evicted_lines += dirty;
  if (dirty > 0 && !pages_fault()) {
    co_await log_lines(frame);
  }
  evictors_.release();
  if (dirty > 0 && pages_fault() && !system_.mutated("kona.lose_written_page")) {
    co_await write_page(frame);
  }
  leave(frame);
}

/// Modified lines come back from the CPU caches, and the FPGA sees that they do. Where CPU caches
/// are simulated, that has happened when the block was unmapped. Page tables know it without.
void KonaEngine::snoop(Frame& frame) const {
  if (!has_cpu_caches() || pages_fault()) {
    frame.tracked = frame.dirty;
  }
}

void KonaEngine::written_back(NodeId server, paging::VirtualAddress line) {
  if (system_.mutated("kona.forget_cpu_line")) {
    return;
  }
  auto& frame = static_cast<Frame&>(*find(server, shape().page_of(line)));
  frame.tracked.insert(shape().line_of(shape().offset_of(line)));
}

/// The evictor waits, and nothing is dropped, while a log is full.
Task<> KonaEngine::log_lines(Frame& frame) {
  LogEntry entry{.block = frame.page, .lines = frame.tracked, .contents = {}, .size = {}};
  if (system_.mutated("kona.forget_dirty_line")) {
    std::uint32_t last = shape().lines() - 1;
    while (!entry.lines.contains(last)) {
      --last;
    }
    entry.lines.erase(last);
  }
  const Bytes lines = shape().line() * entry.lines.count();
  entry.size = kona::entry_size(system_.options.block, entry.lines.count());
  entry.data = {frame.data.leave(traffic(), lines), lines};
  Nodes reserved;
  const Nodes nodes = copy(holders(frame.page));
  for (const NodeId holder : nodes) {
    Log& there = logs_.to(holder);
    if (!there.has_room(entry.size) && system_.mutated("kona.drop_when_full")) {
      continue;
    }
    while (!there.has_room(entry.size) && !there.is_lost()) {
      ++system_.counters.stalls;
      logs_.flush(there);
      co_await there.room.wait(frame.page.value());
    }
    there.reserve(entry.size);
    reserved.push_back(holder);
  }
  co_await queue().delay(system_.options.costs.copy * frame.tracked.count());
  entry.contents = frame.contents;
  for (const NodeId holder : reserved) {
    logs_.append(logs_.to(holder), entry);
    if (system_.mutated("kona.skip_replica")) {
      break;
    }
  }
}

/// Its frame belongs to the block for which it was chosen.
void KonaEngine::leave(Frame& frame) {
  if (system_.mutated("kona.evict_while_mapped")) {
    unmap(kCompute, frame.page);
    frame.permission = Permission::none;
  }
  std::erase(evictions_, &frame);
  frame.page = frame.next;
  frame.next = PageNumber();
  frame.use = Use::reserved;
  frame.dirty = clean();
  frame.tracked = clean();
  frame.gone.wake(queue());
}

// ---- kona-vm: whole pages

/// The frame is what the NIC reads from, so it is in use until all memory nodes have the page.
Task<> KonaEngine::write_page(Frame& frame) {
  const Nodes nodes = copy(holders(frame.page));
  const Cause cause = frame.data.leave(traffic(), system_.options.block);
  frame.use = Use::written;
  frame.writes = static_cast<std::uint32_t>(nodes.size());
  std::vector<Task<>> writes;
  for (const NodeId node : nodes) {
    writes.push_back(write_replica(frame, node, cause));
  }
  if (system_.mutated("kona.reuse_written_frame")) {
    for (Task<>& write : writes) {
      cluster().simulation().spawn(std::move(write));
    }
    co_return;
  }
  Task<> all = when_all(cluster().simulation(), std::move(writes));
  co_await all;
}

Task<> KonaEngine::write_replica(Frame& frame, NodeId holder, Cause cause) {
  const PageNumber block = frame.page;
  Frame* const from = &frame;
  Fabric::Operation operation = system_.fabric.perform(
      {.from = kCompute,
       .to = holder,
       .verb = Verb::write,
       .type = system_.types[MessageKind::page_write],
       .payload = system_.options.block,
       .data = {cause, system_.options.block},
       .effect =
           Effect([this, from, block, holder] { nodes_.write(holder, block, from->contents); }),
       .body = kona::Message{.block = block}});
  co_await operation;
  --frame.writes;
}

}  // namespace dsmsim
