// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include <algorithm>

#include "protocols/kona/engine.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

using kona::Contents;
using kona::Use;

namespace {

[[noreturn]] void incoherent(const std::string& what) {
  throw Error(ExitCode::incoherent, "kona: " + what);
}

std::string block_name(paging::PageNumber block) {
  return "block " + std::to_string(block.value());
}

bool covers(paging::DirtyLines all, const paging::DirtyLines& some) {
  const paging::DirtyLines before = all;
  all.insert(some);
  return all == before;
}

}  // namespace

// ---- invariants

void KonaEngine::check_always() const {
  check_references();
  check_frames();
  check_inclusion();
  for (const auto& log : logs_.all()) {
    if (!log->is_lost()) {
      check_log(*log);
    }
  }
}

/// What is in a CPU cache is in FMem.
void KonaEngine::check_inclusion() const {
  if (const paging::CpuCaches* const caches = cpu_caches(kCompute)) {
    caches->for_each([this](std::uint64_t line) {
      const PageNumber block = shape().page_of(paging::CpuCaches::kLine * line);
      if (mapped(kCompute, block) == nullptr) {
        incoherent("a CPU cache has a line of " + block_name(block) + ", which is not in FMem");
      }
    });
  }
}

/// A block has one frame; what can be reached is resident; what is on its way is clean.
void KonaEngine::check_frames() const {
  cache_.for_each([this](const Frame& frame) {
    const bool resident = frame.use == Use::resident || frame.use == Use::partial;
    if (resident != (mapped(kCompute, frame.page) == &frame)) {
      incoherent(block_name(frame.page) +
                 (resident ? " is in FMem, and cannot be reached" : " can be reached in vain"));
    }
    if (!resident && frame.permission != paging::Permission::none) {
      incoherent(block_name(frame.page) + " is not there, but may be used");
    }
    if (!covers(frame.dirty, frame.tracked)) {
      incoherent(block_name(frame.page) + " has lines that are tracked, but not dirty");
    }
    if (frame.use == Use::reserved && (frame.dirty.any() || frame.tracked.any())) {
      incoherent(block_name(frame.page) + " is dirty before it has come");
    }
    if (resident && pages_fault() && frame.dirty.any() &&
        frame.permission != paging::Permission::write) {
      incoherent(block_name(frame.page) + " was written without a fault");
    }
    for (const Frame* const other : evictions_) {
      if (other != &frame && other->page == frame.page) {
        incoherent(block_name(frame.page) + " comes back before it has left");
      }
    }
  });
}

/// Nothing is lost or counted twice on the way through a log, and its ring holds what is in it.
void KonaEngine::check_log(const Log& log) const {
  const kona::LogTotals& totals = log.totals();
  const std::string name = "the log to server " + std::to_string(log.node().value());
  if (totals.appended != totals.applied + log.lines_left()) {
    incoherent(name + " has lost lines: " + std::to_string(totals.appended) +
               " went in, and only " + std::to_string(totals.applied) + " came out");
  }
  if (log.size() > log.capacity() || log.used() > log.capacity() || log.size() > log.used()) {
    incoherent(name + " overflows: " + to_string(log.size()) + " of " + to_string(log.capacity()) +
               " are not acknowledged, and " + to_string(log.used()) + " are taken");
  }
}

/// At rest: all memory nodes of a block have the same, and FMem what is newer.
void KonaEngine::check_images() const {
  for (std::uint32_t i = 0; i < slabs_.numbers(); ++i) {
    const auto nodes = slabs_.holders(paging::SlabNumber(i));
    if (nodes.empty()) {
      continue;
    }
    nodes_.image(nodes.front()).for_each([&](PageNumber block, const Contents& contents) {
      for (const NodeId node : holders(block)) {
        if (holders(block).front() == nodes.front() && !(nodes_.read(node, block) == contents)) {
          incoherent("server " + std::to_string(node.value()) + " has another " +
                     block_name(block) + " than server " + std::to_string(nodes.front().value()));
        }
      }
    });
  }
  cache_.for_each([&](const Frame& frame) {
    const Contents there = nodes_.read(holders(frame.page).front(), frame.page);
    for (std::uint32_t line = 0; line < there.lines(); ++line) {
      const bool clean = there.lines() == 1 ? !frame.dirty.any() : !frame.dirty.contains(line);
      if (clean && there[line] != frame.contents[line]) {
        incoherent(block_name(frame.page) + " is clean, but not as its memory node has it");
      }
    }
  });
}

// ---- losses

std::vector<ObjectId> KonaEngine::lost_with(NodeId server) const {
  return objects_where([&](PageNumber block) { return is_lost_with(server, block); });
}

/// Memory nodes lose what neither another of them nor the compute node has; the compute node loses
/// what has not arrived at a memory node.
bool KonaEngine::is_lost_with(NodeId server, PageNumber block) const {
  const auto nodes = holders(block);
  const Frame* const leaves = leaving(block);
  if (server == kCompute) {
    const auto* const frame = static_cast<const Frame*>(mapped(kCompute, block));
    const bool dirty =
        (frame != nullptr && frame->dirty.any()) || (leaves != nullptr && leaves->dirty.any());
    return dirty || std::none_of(nodes.begin(), nodes.end(), [&](NodeId node) {
             return !logs_.to(node).holds(block) ||
                    logs_.to(node).place_of(block) >= kona::Place::arrived;
           });
  }
  const bool here = mapped(kCompute, block) != nullptr || leaves != nullptr;
  return !here && nodes.size() == 1 && nodes.front() == server;
}

}  // namespace dsmsim
