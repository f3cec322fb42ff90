// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include "sim/dsm/contract/inspection.hpp"

#include <algorithm>

#include "protocols/grappa/engine.hpp"

namespace dsmsim {

using grappa::PacketBody;

/// One blocking delegate of a task is under way at a time, so its operations take effect in their
/// order, each at one moment. Asynchronous writes take effect in any order, but a task waits for
/// its own before it uses the same block again, and before whatever orders: partial store order,
/// without forwarding.
MemoryModel GrappaEngine::claimed_model() const {
  return options_.writes == GrappaWrites::asynchronous ? MemoryModel::pso : MemoryModel::sequential;
}

void GrappaEngine::fingerprint(Fingerprint& into) const { runtime_.fingerprint(into); }

void GrappaEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (message.type == runtime_.packet_type()) {
    runtime_.fingerprint_packet(message.body.as<PacketBody>().packet, into);
    return;
  }
  into.add(message.body.bytes());  // of one thread to another
}

/// A coroutine waits for its answers (TaskState::left, value) or for its writes to end (draining);
/// what it goes on with is its operation.
bool GrappaEngine::forgets(ThreadId) const { return true; }

void GrappaEngine::check_always() const { runtime_.check_always(); }

/// Those of which a block has its home there.
std::vector<ObjectId> GrappaEngine::lost_with(NodeId server) const {
  const grappa::Memory& memory = runtime_.memory();
  std::vector<ObjectId> lost;
  for (std::size_t i = 0; i < memory.objects().size(); ++i) {
    const ObjectId object(i);
    if (!memory.live(object)) {
      continue;
    }
    const std::uint32_t blocks =
        std::min(memory.blocks(memory.at(object).size), runtime_.layout().cores());
    for (std::uint32_t block = 0; block < blocks; ++block) {
      if (runtime_.layout().server(memory.home(object, block)) == server) {
        lost.push_back(object);
        break;
      }
    }
  }
  return lost;
}

}  // namespace dsmsim
