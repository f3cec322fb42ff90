#include "protocols/paging/program_locks.hpp"

namespace dsmsim::paging {

void ProgramLocks::add(ObjectId object) {
  if (object.index() >= writers_.size()) {
    writers_.resize(object.index() + 1);
    queues_.grow(object.index() + 1);
  }
  writers_[object.index()] = {};
}

void ProgramLocks::take(const Thread& thread, ObjectId object, BorrowMode mode) {
  const Holder holder{thread.id(), thread.node()};
  if (mode == BorrowMode::shared) {
    readers_.push_back({object, holder});
  } else {
    writers_[object.index()] = holder;
  }
}

std::optional<BorrowMode> ProgramLocks::give_back(const Thread& thread, ObjectId object) {
  const Holder holder{thread.id(), thread.node()};
  if (writers_[object.index()] == holder) {
    writers_[object.index()] = {};
    return BorrowMode::exclusive;
  }
  const auto reader = std::find(readers_.begin(), readers_.end(), Reader{object, holder});
  if (reader == readers_.end()) {
    return std::nullopt;
  }
  readers_.erase(reader);
  return BorrowMode::shared;
}

void ProgramLocks::describe_waits(WaitForGraph& graph) const {
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    const auto& [thread, server] = writers_[i];
    if (thread.valid()) {
      graph.held(object_name(ObjectId(i)), thread_name(thread, server));
    }
  }
  for (const auto& [object, holder] : readers_) {
    graph.held(object_name(object), thread_name(holder.thread, holder.server));
  }
}

/// In which order readers came decides nothing; a thread stays on its server; who sleeps is in the
/// queues.
void ProgramLocks::fingerprint(Fingerprint& into) const {
  const auto& [queues, writers, readers, sleepers] = *this;
  queues.fingerprint(into);
  for (const auto& [thread, server] : writers) {
    into.add(thread.value());
  }
  std::vector<Reader> sorted = readers;
  std::sort(sorted.begin(), sorted.end());
  into.add(sorted.size());
  for (const auto& [object, holder] : sorted) {
    const auto& [thread, server] = holder;
    into.add(object, thread);
  }
}

}  // namespace dsmsim::paging
