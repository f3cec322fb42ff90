// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include "sim/dsm/contract/inspection.hpp"

#include <algorithm>

#include "protocols/grappa/engine.hpp"
#include "protocols/grappa/fingerprint.hpp"

namespace dsmsim {

using grappa::PacketBody;

/// One blocking delegate of a task is under way at a time, so its operations take effect in their
/// order, each at one moment. Asynchronous writes take effect in any order, but a task waits for
/// its own before it uses the same block again, and before whatever orders: partial store order,
/// without forwarding.
MemoryModel GrappaEngine::claimed_model() const {
  return system_.options.writes == GrappaWrites::asynchronous ? MemoryModel::pso
                                                              : MemoryModel::sequential;
}

void GrappaEngine::fingerprint(Fingerprint& into) const {
  memory_.fingerprint(into);
  home_.fingerprint(into);
  cores_.fingerprint(into);
  outbox_.fingerprint(into);
  tasks_.fingerprint(into);
  event_.fingerprint(into);
}

void GrappaEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (message.type == system_.packet_type) {
    add(into, system_, system_.packets[message.body.as<PacketBody>().packet]);
  } else {  // of one thread to another
    into.add(message.body.bytes());
  }
}

/// A coroutine waits for its answers (TaskState::left, value) or for its writes to end (draining);
/// what it goes on with is its operation.
bool GrappaEngine::forgets(ThreadId) const { return true; }

std::vector<ObjectId> GrappaEngine::lost_with(NodeId server) const {
  std::vector<ObjectId> lost;
  for (std::size_t i = 0; i < memory_.objects().size(); ++i) {
    if (memory_.live(ObjectId(i)) && is_lost_with(server, ObjectId(i))) {
      lost.emplace_back(i);
    }
  }
  return lost;
}

/// A block of the object has its home there.
bool GrappaEngine::is_lost_with(NodeId server, ObjectId object) const {
  const grappa::Layout& layout = system_.layout;
  const std::uint32_t blocks = std::min(memory_.blocks(memory_.at(object).size), layout.cores());
  for (std::uint32_t block = 0; block < blocks; ++block) {
    if (layout.server(memory_.home(object, block)) == server) {
      return true;
    }
  }
  return false;
}

}  // namespace dsmsim
