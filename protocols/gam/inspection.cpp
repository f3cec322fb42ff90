// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include "sim/dsm/contract/inspection.hpp"

#include <algorithm>

#include "protocols/gam/engine.hpp"
#include "protocols/gam/fingerprint.hpp"
#include "protocols/gam/invariants.hpp"
#include "protocols/gam/situations.hpp"

namespace dsmsim {

MemoryModel GamEngine::claimed_model() const {
  return options_.consistency == GamConsistency::tso ? MemoryModel::tso : MemoryModel::pso;
}

/// Where objects are only says what operations to come mean; addresses of those that are under way
/// are in their accesses.
void GamEngine::fingerprint(Fingerprint& into) const {
  for (const auto& node : system_.nodes) {
    node->fingerprint(into);
  }
  for (const auto& thread : threads_) {
    into.add(thread == nullptr ? 0 : 1);
    if (thread != nullptr) {
      add(into, *thread);
    }
  }
  for (const Placed& object : objects_) {
    into.add(object.address.value());
  }
  for (const Semaphore& handles : handles_) {
    into.add(handles.available());
  }
  placement_.fingerprint(into);
  system_.contents.fingerprint(into);
}

void GamEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (system_.types.contain(message.type)) {
    add(into, message.body.as<gam::Message>(), message.from, message.to);
  } else {  // of one thread to another
    into.add(message.body.bytes());
  }
  into.add(message.content);
}

/// Operations are steps over explicit state (Node). Between two steps a coroutine of operations.cpp
/// waits for one of two things: that the thread's writes have ended, before its first step
/// (ThreadContext::draining), or that the accesses of its last step have (ThreadContext::waiting).
/// What it goes on with is in the operation itself, in what it waits for (Waiting), and, for locks
/// of several blocks and for allocations, in ThreadContext::at and candidates; what it did before
/// is in the state of the nodes. While software takes time, it also waits for its own CPU time;
/// that is not here.
bool GamEngine::forgets(ThreadId) const { return true; }

void GamEngine::check_always() const { gam::Invariants(system_, threads_).check(); }

std::vector<std::string> GamEngine::defects_met() const {
  const bool leaked = std::any_of(system_.nodes.begin(), system_.nodes.end(), [](const auto& node) {
    std::uint64_t leaving = 0;
    node->cache().for_each([&](const gam::Line& line) {
      leaving += line.state == gam::LineState::to_invalid ? 1 : 0;
    });
    return node->cache().leaving() > leaving;
  });
  return leaked ? std::vector<std::string>{"leak_shipped_lines: lines that have left are counted "
                                           "as leaving for ever"}
                : std::vector<std::string>();
}

/// Those whose home is there, and those that are dirty there.
std::vector<ObjectId> GamEngine::lost_with(NodeId server) const {
  std::vector<ObjectId> lost;
  for (std::uint32_t i = 0; i < objects_.size(); ++i) {
    const Placed& object = objects_[i];
    if (!object.address.valid()) {
      continue;
    }
    const gam::GlobalAddress end = object.address + object.size;
    gam::GlobalAddress block = system_.block_of(object.address);
    while (block < end && !is_lost_with(server, block)) {
      block = block + options_.block;
    }
    if (block < end) {
      lost.emplace_back(i);
    }
  }
  return lost;
}

/// Contents are known by their version; those on their way to somebody else have not arrived.
bool GamEngine::is_lost_with(NodeId server, gam::GlobalAddress block) const {
  if (block.home() == server) {
    return true;
  }
  const gam::Node& there = node(server);
  const gam::Line* const line = there.cache().find(block);
  if (line == nullptr || line->state == gam::LineState::to_shared ||
      (line->state == gam::LineState::to_dirty &&
       !there.transactions()[line->transaction].data_arrived) ||
      node(block.home()).memory().version(block) == line->version) {
    return false;
  }
  return std::none_of(system_.nodes.begin(), system_.nodes.end(), [&](const auto& other) {
    const gam::Line* const copy = other->cache().find(block);
    return other->id() != server && copy != nullptr &&
           (copy->version == line->version || copy->state == gam::LineState::dirty);
  });
}

const std::vector<std::string>& GamEngine::situations() const { return gam::situations(); }

int GamEngine::situation(const Post& message) const {
  if (!system_.types.contain(message.type)) {
    return -1;
  }
  return gam::situation(message, node(message.to));
}

}  // namespace dsmsim
