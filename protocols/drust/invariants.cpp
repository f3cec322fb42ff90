// What must hold of the state: between any two events, and when no operation is under way (OSDI'24,
// section 2 and Appendix C; README.md "Invariants").

#include <algorithm>

#include "protocols/drust/inspector.hpp"
#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::drust {
namespace {

[[noreturn]] void violated(const std::string& what) {
  throw Error(ExitCode::incoherent, "drust: " + what);
}

std::string server_name(std::size_t server) { return "server " + std::to_string(server); }

std::string copy_name(const Copy& copy, std::size_t server) {
  return "the copy of " + object_name(copy.object) + " on " + server_name(server);
}

}  // namespace

void Inspector::check_always() const {
  check_locks();
  check_borrows();
  check_counts(When::always);
  check_copies();
  check_groups();
  check_backups();
  check_addresses();
}

void Inspector::check_at_rest() const {
  check_locks();
  check_borrows();
  check_counts(When::at_rest);
  check_copies();
  check_groups();
  check_backups();
  check_memory();
}

std::vector<ObjectId> Inspector::lost_with(NodeId server) const {
  std::vector<ObjectId> lost;
  for (std::uint32_t i = 0; i < parts_.objects.count(); ++i) {
    if (!parts_.objects[ObjectId(i)].live) {
      continue;
    }
    const ColouredAddress last = parts_.borrows.home(ObjectId(i));
    const bool there = parts_.heap.host(last.address()) == server;
    if (there && (parts_.replication == nullptr || !parts_.replication->has(ObjectId(i), last))) {
      lost.emplace_back(i);
    }
  }
  return lost;
}

// ---- locks

/// A lock word counts its readers, and has none beside a writer.
void Inspector::check_locks() const {
  std::vector<std::uint64_t> readers(parts_.objects.count());
  parts_.mutexes.for_each_reader(
      [&](ObjectId object, ThreadId, std::uint32_t times) { readers[object.index()] += times; });
  for (std::size_t i = 0; i < readers.size(); ++i) {
    const std::uint64_t word = parts_.objects[ObjectId(i)].lock;
    if (Mutexes::has_writer(word) ? readers[i] != 0 : readers[i] != word) {
      violated("the lock of " + object_name(ObjectId(i)) +
               (Mutexes::has_writer(word) ? " has a writer" : " counts " + std::to_string(word)) +
               " and has " + std::to_string(readers[i]) + " readers");
    }
  }
}

// ---- references

/// One writer or many readers, and nobody reads under an old name.
void Inspector::check_borrows() const {
  std::vector<std::uint32_t> references(parts_.objects.count());
  parts_.borrows.references().for_each([&](const Reference& reference) {
    const ObjectState& object = parts_.objects[reference.object];
    const std::uint32_t others = references[reference.object.index()]++;
    const bool allowed = reference.mut
                             ? others == 0 && parts_.borrows.table().exclusive(reference.object)
                             : others < parts_.borrows.table().readers(reference.object);
    if (!object.live || !allowed) {
      violated(object_name(reference.object) + " is used by " +
               thread_name(reference.thread, reference.node) + " and " +
               (object.live ? "others at the same time" : "has been dropped"));
    }
    if (!reference.mut && reference.pointer.target != object.box.target) {
      violated(thread_name(reference.thread, reference.node) + " refers to " +
               object_name(reference.object) + " by an old name");
    }
  });
}

// ---- copies

/// Pointers use copies of what they point to, that are there and know of them. At rest, nobody else
/// counts as a user.
void Inspector::check_counts(When when) const {
  const Users users = count_users();
  const bool leaks = !parts_.runtime.policy().counts_overwritten;
  for (std::uint32_t server = 0; server < users.size(); ++server) {
    parts_.memory.server(NodeId(server)).copies.for_each([&](CopyId id, const Copy& copy) {
      const std::uint32_t expected =
          id.index() < users[server].size() ? users[server][id.index()] : 0;
      if (copy.count < expected || (when == When::at_rest && !leaks && copy.count != expected)) {
        violated(copy_name(copy, server) + " counts " + std::to_string(copy.count) +
                 " users and has " + std::to_string(expected));
      }
    });
  }
}

Inspector::Users Inspector::count_users() const {
  Users users(parts_.runtime.servers());
  parts_.borrows.references().for_each([&](const Reference& reference) {
    count_user(users, reference.object, reference.pointer, reference.node);
  });
  for (std::size_t i = 0; i < parts_.objects.count(); ++i) {
    const ObjectState& object = parts_.objects[ObjectId(i)];
    if (object.live) {
      count_user(users, ObjectId(i), object.box, object.owner);
    }
  }
  return users;
}

void Inspector::count_user(Users& users, ObjectId object, const Pointer& pointer,
                           NodeId server) const {
  if (!pointer.extension.has_copy()) {
    return;
  }
  const CopyTable& copies = parts_.memory.server(server).copies;
  const CopyId copy = pointer.extension.copy();
  if (!copies.live(copy) || copies[copy].object != object || copies[copy].arrives != nullptr) {
    violated("a pointer on " + server_name(server.index()) + " uses a copy of " +
             object_name(object) + " that is not there");
  }
  if (copies[copy].key != pointer.target && parts_.runtime.policy().clears_owner_copy) {
    violated("a pointer on " + server_name(server.index()) + " uses an old copy of " +
             object_name(object));
  }
  std::vector<std::uint32_t>& counts = users[server.index()];
  counts.resize(std::max(counts.size(), copy.index() + 1));
  ++counts[copy.index()];
}

void Inspector::check_copies() const {
  const Heap& heap = parts_.heap;
  for (std::uint32_t server = 0; server < parts_.runtime.servers(); ++server) {
    parts_.memory.server(NodeId(server)).copies.for_each([&](CopyId, const Copy& copy) {
      const NodeId partition = heap.partition_of(copy.key.address());
      const bool adopted = partition != heap.host_of(partition);  // while it was on its way
      if (!heap.is_local(copy.local, NodeId(server)) ||
          (heap.is_local(copy.key.address(), NodeId(server)) && !adopted)) {
        violated(copy_name(copy, server) + " does not lie on one server and its object on another");
      }
      if (parts_.objects[copy.object].live) {
        check_name(copy, copy_name(copy, server));
      }
    });
  }
}

/// A copy that can be found under the object's present name is a copy of the last write, and the
/// next write changes the name. While a part is borrowed, or in the simplified protocol anything,
/// the name is not yet what it will be when others may look again.
void Inspector::check_name(const Copy& copy, const std::string& name) const {
  const ObjectState& object = parts_.objects[copy.object];
  const Reference* const writes = parts_.borrows.writer(copy.object);
  const bool simplified = parts_.runtime.options().colouring == DrustColouring::simplified;
  if (writes != nullptr && (writes->partial() || simplified)) {
    return;
  }
  const Pointer& pointer = writes != nullptr ? writes->pointer : object.box;
  if (copy.key != pointer.target) {
    return;
  }
  if (pointer.extension.written()) {
    violated(name + " could be read after the next write, which changes no colour");
  }
  if (copy.arrives == nullptr && copy.stamp != object.stamp) {
    violated(name + " is stale and could be read");
  }
}

/// What an affinity pointer leads to lies where its owner lies, and so does the pointer.
void Inspector::check_groups() const {
  const Affinity& affinity = parts_.runtime.affinity();
  const Heap& heap = parts_.heap;
  for (std::size_t i = 0; i < parts_.objects.count(); ++i) {
    const ObjectState& object = parts_.objects[ObjectId(i)];
    const ObjectId root = affinity.root(ObjectId(i));
    if (!object.tied || parts_.borrows.table().exclusive(root) ||
        parts_.borrows.table().exclusive(ObjectId(i))) {
      continue;  // they may be on their way
    }
    const NodeId host = heap.host(object.box.target.address());
    if (host != heap.host(parts_.objects[root].box.target.address()) || host != object.owner) {
      violated(object_name(ObjectId(i)) + " is not where " + object_name(root) +
               " is, which has an affinity pointer to it");
    }
  }
}

// ---- backups

/// What another server may know of an object, each of its backups has.
void Inspector::check_backups() const {
  if (parts_.replication == nullptr || parts_.runtime.lost().any()) {
    return;
  }
  const Replication& replication = *parts_.replication;
  const auto check = [&](ObjectId object, ColouredAddress name, NodeId server) {
    const bool elsewhere = parts_.heap.host(name.address()) != server;
    if (elsewhere && !(replication.has(object, name) && replication.is_at_all_backups(object))) {
      violated(server_name(server.index()) + " knows of " + object_name(object) +
               " what its backups have not");
    }
  };
  for (std::size_t i = 0; i < parts_.objects.count(); ++i) {
    const ObjectState& object = parts_.objects[ObjectId(i)];
    if (object.live && !object.guarded && !parts_.borrows.table().exclusive(ObjectId(i))) {
      check(ObjectId(i), object.box.target, object.owner);
    }
  }
  parts_.borrows.references().for_each([&](const Reference& reference) {
    if (!reference.mut) {
      check(reference.object, reference.pointer.target, reference.node);
    }
  });
}

ColouredAddress Inspector::old_home(ObjectId object) const {
  return parts_.replication != nullptr ? parts_.replication->old_home(object) : ColouredAddress();
}

// ---- memory

/// No two things overlap, and none lies where it is free; under quarantine nothing is even called
/// by an address there.
void Inspector::check_addresses() const {
  struct Used {
    GlobalAddress at;
    GlobalAddress end;
    auto operator<=>(const Used&) const = default;
  };
  std::vector<Used> used;
  const auto add = [&](GlobalAddress at, Bytes size) {
    const Bytes block = parts_.heap.footprint(size);
    used.push_back({at, GlobalAddress(at.value() + block.count())});
  };
  for (std::size_t i = 0; i < parts_.objects.count(); ++i) {
    const ObjectState& object = parts_.objects[ObjectId(i)];
    if (object.live && !object.late) {  // a late Box points to memory that has been freed
      add(parts_.borrows.home(ObjectId(i)).address(), parts_.objects.size(ObjectId(i)));
      if (const ColouredAddress old = old_home(ObjectId(i)); old != ColouredAddress()) {
        add(old.address(), parts_.objects.size(ObjectId(i)));
      }
    }
  }
  parts_.borrows.references().for_each([&](const Reference& reference) {
    if (reference.part != GlobalAddress()) {
      add(reference.part, reference.length);
    }
  });
  for (std::uint32_t server = 0; server < parts_.runtime.servers(); ++server) {
    parts_.memory.server(NodeId(server)).copies.for_each([&](CopyId, const Copy& copy) {
      add(copy.local, parts_.objects.size(copy.object));
    });
  }
  parts_.memory.disposals().for_each([&](std::uint32_t, const Disposal& disposal) {
    if (!disposal.reset) {
      add(disposal.address, disposal.size);
    }
  });
  std::sort(used.begin(), used.end());
  const auto twice = std::adjacent_find(used.begin(), used.end(),
                                        [](const Used& a, const Used& b) { return a.end > b.at; });
  if (twice != used.end()) {
    refuse(twice->at, "lies where another thing lies, or has been given up");
  }
  const bool quarantine = parts_.runtime.options().reuse == DrustReuse::quarantine &&
                          parts_.runtime.policy().awaits_invalidations;
  parts_.heap.for_each_free([&](GlobalAddress at, Bytes size) {
    const GlobalAddress end(at.value() + size.count());
    const auto next = std::lower_bound(used.begin(), used.end(), Used{at, at});
    if (next != used.end() && next->at < end) {
      refuse(next->at, "has been freed");
    }
    const bool copied = quarantine && has_copies_between(at, end);
    if (copied) {
      refuse(at, "has been freed, but there are copies of it");
    }
  });
}

bool Inspector::has_copies_between(GlobalAddress begin, GlobalAddress end) const {
  bool found = false;
  for (std::uint32_t server = 0; server < parts_.runtime.servers(); ++server) {
    parts_.memory.server(NodeId(server)).copies.for_each([&](CopyId, const Copy& copy) {
      found |= begin <= copy.key.address() && copy.key.address() < end;
    });
  }
  return found;
}

void Inspector::refuse(GlobalAddress address, const std::string& why) const {
  violated("something in use on " + server_name(parts_.heap.host(address).index()) + " " + why);
}

/// What is allocated is homes, copies, copied parts and addresses that were given up or forgotten:
/// no more, no less.
void Inspector::check_memory() const {
  const Heap& heap = parts_.heap;
  std::vector<Bytes> expected;
  for (std::uint32_t partition = 0; partition < parts_.runtime.servers(); ++partition) {
    expected.push_back(parts_.memory.leaked(NodeId(partition)));
  }
  const auto add = [&](GlobalAddress address, Bytes size) {
    expected[heap.partition_of(address).index()] += heap.footprint(size);
  };
  for (std::size_t i = 0; i < parts_.objects.count(); ++i) {
    const ObjectState& object = parts_.objects[ObjectId(i)];
    const ObjectId id(i);  // borrowed without a MutRef: its Box is in a message
    if (object.live &&
        (!parts_.borrows.table().exclusive(id) || parts_.borrows.writer(id) == nullptr)) {
      add(object.box.target.address(), parts_.objects.size(ObjectId(i)));
    }
    const ColouredAddress old = old_home(ObjectId(i));
    if (object.live && old != ColouredAddress()) {
      add(old.address(), parts_.objects.size(ObjectId(i)));
    }
  }
  parts_.borrows.references().for_each([&](const Reference& reference) {
    if (reference.mut) {
      add(reference.pointer.target.address(), parts_.objects.size(reference.object));
    }
    if (reference.part != GlobalAddress()) {
      add(reference.part, reference.length);
    }
  });
  for (std::uint32_t server = 0; server < parts_.runtime.servers(); ++server) {
    parts_.memory.server(NodeId(server)).copies.for_each([&](CopyId, const Copy& copy) {
      add(copy.local, parts_.objects.size(copy.object));
    });
  }
  parts_.memory.disposals().for_each([&](std::uint32_t, const Disposal& disposal) {
    if (!disposal.reset) {
      add(disposal.address, disposal.size);
    }
  });
  for (std::uint32_t server = 0; server < parts_.runtime.servers(); ++server) {
    // Of a lost server nobody knows what it had reserved.
    if (heap.used(NodeId(server)) != expected[server] &&
        !parts_.runtime.lost().contains(NodeId(server))) {
      violated(server_name(server) + " has " + to_string(heap.used(NodeId(server))) +
               " allocated and " + to_string(expected[server]) + " in use");
    }
  }
}

}  // namespace dsmsim::drust
