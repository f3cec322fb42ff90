// What must hold of the state when no operation is under way (OSDI'24, section 2 and Appendix C;
// README.md "Invariants"), and who waits for whom when it does not come to that.

#include <map>

#include "protocols/drust/engine.hpp"
#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

using drust::Copy;
using drust::CopyId;

namespace {

[[noreturn]] void violated(const std::string& what) {
  throw Error(ExitCode::incoherent, "drust: " + what);
}

std::string server_name(std::size_t server) { return "server " + std::to_string(server); }

}  // namespace

// ---- waits

void DrustEngine::describe_waits(WaitForGraph& graph) const {
  describe_references(graph);
  mutexes_.describe_holders(graph);
}

void DrustEngine::describe_borrows(WaitForGraph& graph) const {
  borrows_.for_each_wait([&](ThreadId thread, ObjectId object) {
    graph.waits(runtime_.name_of(thread), object_name(object));
  });
  describe_references(graph);
}

void DrustEngine::describe_references(WaitForGraph& graph) const {
  references_.for_each([&](const Reference& reference) {
    graph.held(object_name(reference.object), thread_name(reference.thread, reference.node));
  });
}

// ---- invariants

void DrustEngine::check_quiescent() const {
  if (memory_.disposals() != 0) {
    violated(std::to_string(memory_.disposals()) +
             " addresses were given up and never became free");
  }
  check_invariants();
}

void DrustEngine::check_invariants() const {
  check_counts();
  check_copies();
  check_memory();
}

/// The count of a copy is the number of pointers that use it.
void DrustEngine::check_counts() const {
  std::map<std::pair<NodeId, CopyId>, std::uint32_t> users;
  references_.for_each([&](const Reference& reference) {
    if (reference.pointer.extension.has_copy()) {
      ++users[{reference.node, reference.pointer.extension.copy()}];
    }
  });
  for (const ObjectState& object : runtime_.objects()) {
    if (object.live && object.box.extension.has_copy()) {
      ++users[{object.owner, object.box.extension.copy()}];
    }
  }
  const bool leaks = runtime_.options().overwritten_copy == DrustOverwrittenCopy::leak;
  for (std::uint32_t server = 0; server < runtime_.servers(); ++server) {
    copies(NodeId(server)).for_each([&](CopyId id, const Copy& copy) {
      const auto found = users.find({NodeId(server), id});
      const std::uint32_t expected = found == users.end() ? 0 : found->second;
      if (leaks ? copy.count < expected : copy.count != expected) {
        violated("the copy of " + object_name(copy.object) + " on " + server_name(server) +
                 " counts " + std::to_string(copy.count) + " users and has " +
                 std::to_string(expected));
      }
    });
  }
}

/// A copy that can be found is a copy of the last write, and copies lie where they are used.
void DrustEngine::check_copies() const {
  for (std::uint32_t server = 0; server < runtime_.servers(); ++server) {
    copies(NodeId(server)).for_each([&](CopyId, const Copy& copy) {
      const ObjectState& object = this->object(copy.object);
      const std::string name =
          "the copy of " + object_name(copy.object) + " on " + server_name(server);
      if (!heap().is_local(copy.local, NodeId(server)) ||
          heap().is_local(copy.key.address(), NodeId(server))) {
        violated(name + " does not lie on one server and its object on another");
      }
      if (object.live && !borrows_.exclusive(copy.object) && copy.key == object.box.target &&
          copy.stamp != object.stamp) {
        violated(name + " is stale and could be read");
      }
    });
  }
}

/// What is allocated is homes, copies, copied parts and addresses that were given up: no more, no
/// less.
void DrustEngine::check_memory() const {
  std::vector<Bytes> expected(runtime_.servers());
  const auto add = [&](drust::GlobalAddress address, Bytes size) {
    expected[heap().host(address).index()] += heap().footprint(size);
  };
  for (std::size_t i = 0; i < runtime_.objects().size(); ++i) {
    const ObjectState& object = runtime_.objects()[i];
    if (object.live && !borrows_.exclusive(ObjectId(i))) {
      add(object.box.target.address(), runtime_.size(ObjectId(i)));
    }
  }
  references_.for_each([&](const Reference& reference) {
    if (reference.mut) {
      add(reference.pointer.target.address(), runtime_.size(reference.object));
    }
    if (reference.part != drust::GlobalAddress()) {
      add(reference.part, reference.length);
    }
  });
  for (std::uint32_t server = 0; server < runtime_.servers(); ++server) {
    copies(NodeId(server)).for_each([&](CopyId, const Copy& copy) {
      add(copy.local, runtime_.size(copy.object));
    });
  }
  for (std::uint32_t server = 0; memory_.disposals() == 0 && server < runtime_.servers();
       ++server) {
    if (heap().used(NodeId(server)) != expected[server]) {
      violated(server_name(server) + " has " + to_string(heap().used(NodeId(server))) +
               " allocated and " + to_string(expected[server]) + " in use");
    }
  }
}

}  // namespace dsmsim
