// The state of the engine as a fingerprint: everything that decides what happens next, in an order
// that does not depend on how it came about. Copies, and answers awaited, are known by what they
// are; numbers of disposals are renamed, and so are addresses as long as all blocks are of one
// size: which is which decides nothing then, since the allocator hands them out by age.
//
// Whatever is added is opened, and a comment says why a field is left out; but for references to
// other parts (runtime, objects, heap, cluster), which add themselves, and for the log.

#include <algorithm>
#include <bit>
#include <tuple>

#include "protocols/drust/inspector.hpp"

namespace dsmsim::drust {
namespace {

constexpr std::uint64_t kEndOfList = ~std::uint64_t{0};

void add(Fingerprint& into, const Copy& copy, const Heap& heap) {
  const auto& [key, local, object, stamp, arrives, count, newer, older, left_before, left_after] =
      copy;  // its neighbours: CopyTable::fingerprint goes along them
  heap.fingerprint(into, key);
  heap.fingerprint(into, local);
  into.add(object.value());
  into.add(stamp);
  into.add(count);
  into.add(arrives != nullptr ? 1 : 0);
}

}  // namespace

// ---- the parts

void Heap::fingerprint(Fingerprint& into) const {
  const auto& [size, adopted, hosts, partitions, block, mixed] = *this;
  // size is an option; adopted follows from hosts; block says only whether sizes are mixed
  for (std::uint32_t server = 0; server < partitions.size(); ++server) {
    partitions[server].fingerprint(into, first(NodeId(server)), mixed);
    into.add(hosts[server].value());
  }
}

void Heap::fingerprint(Fingerprint& into, GlobalAddress address) const {
  if (address == GlobalAddress()) {
    into.add(kEndOfList);
    return;
  }
  into.add(partition_of(address).value());
  if (mixed_) {
    into.add(address.value());
  } else {
    into.rename(address.value());
  }
}

void Heap::fingerprint(Fingerprint& into, ColouredAddress address) const {
  fingerprint(into, address.address());
  into.add(address.colour());
}

/// Each server once: what else the list holds, the next tidy() removes.
void SharerLists::fingerprint(Fingerprint& into, Index list) const {
  const auto& [lists] = *this;
  if (list != kNone) {
    std::vector<NodeId> servers = lists[list];
    tidy(servers);
    for (const NodeId server : servers) {
      into.add(server.value());
    }
  }
  into.add(kEndOfList);
}

/// Object by object, and of each address from the newest, as they are freed; then the order in
/// which they are evicted.
void CopyTable::fingerprint(Fingerprint& into, const Heap& heap) const {
  const auto& [by_address, copies, oldest_left, newest_left] = *this;
  // by_address finds what is in copies; newest_left is the end of the list from oldest_left
  std::vector<const Copy*> newest;
  for_each([&](CopyId, const Copy& copy) {
    if (!copy.newer.valid()) {
      newest.push_back(&copy);
    }
  });
  std::sort(newest.begin(), newest.end(), [](const Copy* a, const Copy* b) {
    return std::tuple(a->object, a->key.colour(), a->stamp) <
           std::tuple(b->object, b->key.colour(), b->stamp);
  });
  for (const Copy* copy : newest) {
    for (; copy != nullptr; copy = copy->older.valid() ? &copies[copy->older.value()] : nullptr) {
      add(into, *copy, heap);
    }
    into.add(kEndOfList);
  }
  for (CopyId id = oldest_left; id.valid(); id = copies[id.value()].left_after) {
    heap.fingerprint(into, copies[id.value()].key);
  }
  into.add(kEndOfList);
}

void Memory::fingerprint(Fingerprint& into) const {
  const auto& [runtime, objects, heap, log, servers, sharers, disposals, pasts, all_cached,
               leaked] = *this;  // all_cached is a sum; leaked is for invariants
  for (const auto& server : servers) {
    const auto& [copies, map_lock, waiting, cached] = *server;  // cached follows from copies
    copies.fingerprint(into, heap);
    into.add(map_lock.locked() ? 1 : 0);
    for (const ThreadId thread : waiting) {
      into.add(thread.value());
    }
    into.add(kEndOfList);
  }
  for (const ObjectState& object : objects) {
    sharers.fingerprint(into, object.sharers);
  }
  add_disposals(into);
  std::vector<std::uint64_t> addresses;
  for (const auto& [address, past] : pasts) {
    addresses.push_back(address);
  }
  std::sort(addresses.begin(), addresses.end());
  for (const std::uint64_t address : addresses) {
    const auto& [next, had_copies] = pasts.at(address);
    heap.fingerprint(into, GlobalAddress(address));
    into.add(next);
    sharers.fingerprint(into, had_copies);
  }
  into.add(kEndOfList);
}

void Memory::add_disposals(Fingerprint& into) const {
  std::vector<std::uint32_t> numbers;
  disposals_.for_each([&](std::uint32_t number, const Disposal&) { numbers.push_back(number); });
  std::sort(numbers.begin(), numbers.end(), [this](std::uint32_t a, std::uint32_t b) {
    const Disposal& one = disposals_[a];
    const Disposal& other = disposals_[b];
    return std::tuple(one.by, one.size, one.colour, one.awaited, one.reset) <
           std::tuple(other.by, other.size, other.colour, other.awaited, other.reset);
  });
  for (const std::uint32_t number : numbers) {
    const auto& [address, size, by, host, colour, awaited, sharers, next, reset, call] =
        disposals_[number];
    // host has the address; call is of a reset: a thread has one at most, and waits for it
    into.rename(number);
    heap_.fingerprint(into, address);
    into.add(size.count());
    into.add(by.value());
    into.add(colour);
    for (const NodeId server : awaited) {
      into.add(server.value());
    }
    into.add(kEndOfList);
    into.add(reset ? 1 : 0);
    sharers_.fingerprint(into, sharers);
    into.add(next == Disposal::kNone ? 0 : 1);
  }
  into.add(kEndOfList);
}

void Mutexes::fingerprint(Fingerprint& into) const {
  const auto& [runtime, objects, heap, describe_borrows, spinning, readers, leased, uses_leases,
               users_of_leases] = *this;  // users_of_leases is a sum
  for (const LeaseSet& mutexes : leased) {
    for (std::size_t i = mutexes.find_first(); i != LeaseSet::npos; i = mutexes.find_next(i)) {
      into.add(i);
      into.add(static_cast<std::uint64_t>(objects[ObjectId(i)].lease));
    }
    into.add(kEndOfList);
  }
  for (const bool uses : uses_leases) {
    into.add(uses ? 1 : 0);
  }
  into.add(kEndOfList);
  for (const auto& [thread, object] : spinning) {
    into.add(thread.value());
    into.add(object.value());
  }
  into.add(kEndOfList);
  for (const auto& [who, hold] : readers) {
    const auto& [object, thread] = who;
    const auto& [times, pointer_known] = hold;
    into.add(object.value());
    into.add(thread.value());
    into.add((std::uint64_t{times} << 1) + (pointer_known ? 1 : 0));
  }
  into.add(kEndOfList);
}

void Atomics::fingerprint(Fingerprint& into) const {
  const auto& [runtime, objects, heap, words] = *this;
  std::vector<Place> places;
  for (const auto& [place, word] : words) {
    places.push_back(place);
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::pair(a.object, a.offset) < std::pair(b.object, b.offset);
  });
  for (const Place& place : places) {
    const auto& [object, offset] = place;
    into.add(object.value());
    into.add(offset.count());
    into.add(words.at(place));
  }
  into.add(kEndOfList);
}

void Controller::fingerprint(Fingerprint& into) const {
  const auto& [runtime, objects, heap, log, views, samples, awaited, watching] = *this;
  // samples are of times; it is watching as long as anything happens
  for (const View& view : views) {
    const auto& [cpu, memory, threads, asked] = view;
    into.add(std::bit_cast<std::uint64_t>(cpu));
    into.add(memory.count());
    into.add(threads);
    into.add(asked ? 1 : 0);
  }
  into.add(awaited);
}

void Controller::fingerprint(const Post& message, MessageKind kind, Fingerprint& into) const {
  if (kind == MessageKind::ask) {
    const auto [call, full, want, asking, size] = message.body.as<Question>();
    into.add(runtime_.caller(call).value());
    into.add(full);
    into.add(static_cast<std::uint64_t>(want));
    into.add(asking);
    into.add(size.count());
  } else if (kind == MessageKind::pong) {
    const auto [cpu, memory, threads] = message.body.as<Pong>();
    into.add(std::bit_cast<std::uint64_t>(cpu));
    into.add(memory.count());
    into.add(threads);
  } else if (kind == MessageKind::order || kind == MessageKind::moved) {
    const auto [thread, server] = message.body.as<Order>();
    into.add(thread.value());
    into.add(server.value());
  }
}

void Affinity::fingerprint(Fingerprint& into) const {
  const auto& [roots, groups, pinned] = *this;
  // roots: Inspector::add_objects, with the objects that have them; groups follow from roots
  for (const ObjectId object : pinned) {
    into.add(object.value());
  }
  into.add(kEndOfList);
}

void LostServers::fingerprint(Fingerprint& into) const {
  const auto& [queue, servers, lost, told, paused, paused_for] = *this;  // paused is a sum
  for (std::size_t server = 0; server < servers; ++server) {
    for (std::size_t at = 0; lost[server] && at < servers; ++at) {
      into.add(2 * at + (told[server * servers + at]->is_open() ? 1 : 0));
      into.add(paused_for[at].value());
    }
  }
}

void Runtime::fingerprint(Fingerprint& into) const {
  const auto& [cluster, objects, queue, mutant, options, policy, types, counters, affinity, threads,
               lost, node_of_thread, calls, brought, flagged] = *this;
  // mutant to types never change; counters and brought measure; affinity: Inspector::add_objects;
  // threads, and where they are, change with orders to move: these follow pings, which take time
  calls.fingerprint(into);
  flagged.for_each([&](const Flagged& request) {
    const auto& [effect, found] = request;  // effect is of a message under way
    into.add(found);
  });
  lost.fingerprint(into);
}

// ---- the whole

void Inspector::fingerprint(Fingerprint& into) const {
  const auto& [runtime, objects, heap, memory, replication, borrows, mutexes, atomics, controller,
               workers] = parts_;
  add_objects(into);
  add_references(into);
  borrows.table().fingerprint(into);
  memory.fingerprint(into);
  if (replication != nullptr) {
    replication->fingerprint(into);
  }
  mutexes.fingerprint(into);
  atomics.fingerprint(into);
  controller.fingerprint(into);
  runtime.fingerprint(into);
  heap.fingerprint(into);
  for (const auto& pool : workers) {
    into.add(pool->backlog());
  }
}

void Inspector::add_objects(Fingerprint& into) const {
  for (std::size_t i = 0; i < parts_.objects.count(); ++i) {
    const auto& [box, stamp, lock, owner, lock_home, lessee, sharers, live, guarded, raw, tied,
                 late, pointer_known, lease, tracked] = parts_.objects[ObjectId(i)];
    // lessee, lease: Mutexes::fingerprint; sharers: Memory::fingerprint; tracked is for what
    // measures
    into.add(live ? 1 : 0);
    if (!live) {
      continue;  // nobody gets at what is left of it
    }
    add_pointer(into, box, owner);
    into.add(stamp);
    into.add(lock);
    into.add(owner.value());
    into.add(lock_home.value());
    if (tied) {
      into.add(parts_.runtime.affinity().root(ObjectId(i)).value());
    }
    into.add((late ? 16 : 0) + (raw ? 8 : 0) + (tied ? 4 : 0) + (guarded ? 2 : 0) +
             (pointer_known ? 1 : 0));
  }
  parts_.runtime.affinity().fingerprint(into);
}

/// The references of a thread in the order in which it has made them: so it knows them apart.
void Inspector::add_references(Fingerprint& into) const {
  std::vector<const Reference*> references;
  parts_.borrows.references().for_each([&](const Reference& one) { references.push_back(&one); });
  std::sort(references.begin(), references.end(), [](const Reference* a, const Reference* b) {
    return std::pair(a->thread, a->made) < std::pair(b->thread, b->made);
  });
  for (const Reference* reference : references) {
    const auto& [object, pointer, thread, node, mut, dirty, written_in_place, made, offset, length,
                 part, stamp, data] = *reference;  // made: they are in that order; data measures
    into.add(thread.value());
    into.add(object.value());
    into.add(node.value());
    into.add((written_in_place ? 4 : 0) + (mut ? 2 : 0) + (dirty ? 1 : 0));
    add_pointer(into, pointer, node);
    into.add(offset.count());
    into.add(length.count());
    parts_.heap.fingerprint(into, part);
    into.add(stamp);
  }
  into.add(kEndOfList);
}

void Inspector::add_pointer(Fingerprint& into, const Pointer& pointer, NodeId server) const {
  const auto& [target, extension] = pointer;
  const Heap& heap = parts_.heap;
  heap.fingerprint(into, target);
  into.add((extension.written() ? 2 : 0) + (extension.has_copy() ? 1 : 0));
  if (extension.has_copy()) {
    const CopyTable& copies = parts_.memory.server(server).copies;
    heap.fingerprint(into, copies[extension.copy()].key);
  }
}

// ---- messages

void Inspector::fingerprint(const Post& message, Fingerprint& into) const {
  into.add(message.payload.count());
  if (parts_.runtime.types().contain(message.type)) {
    add_body(message, into);
  } else {
    add_object(message, into);
  }
}

// NOLINTNEXTLINE(readability-function-size): lists every message
void Inspector::add_body(const Post& message, Fingerprint& into) const {
  switch (const MessageKind kind = parts_.runtime.types().kind(message.type)) {
    case MessageKind::deallocate:
    case MessageKind::invalidate:
    case MessageKind::invalidated:
      return add_disposal(message, into);
    case MessageKind::update:
      return add_body(message.body.as<UpdateBody>(), into);
    case MessageKind::reset:
      return add_body(message.body.as<ResetBody>(), into);
    case MessageKind::allocate:
      return add_body(message.body.as<AllocateBody>(), into);
    case MessageKind::atomic_request:
      return add_body(message.body.as<AtomicBody>(), into);
    case MessageKind::allocated:
    case MessageKind::atomic_reply:
    case MessageKind::reset_done:
    case MessageKind::resume:
    case MessageKind::told:
      return add_body(message.body.as<ReplyBody>(), kind, into);
    case MessageKind::promote:
    case MessageKind::promoted:
    case MessageKind::held:
    case MessageKind::serves:
    case MessageKind::lost:
      return add_body(message.body.as<LossBody>(), into);
    case MessageKind::ping:
    case MessageKind::pong:
    case MessageKind::ask:
    case MessageKind::order:
    case MessageKind::moved:
      return parts_.controller.fingerprint(message, kind, into);
    case MessageKind::owner_update:
      add_body(message.body.as<ObjectBody>(), into);
      return parts_.heap.fingerprint(into, ColouredAddress(message.content));
    case MessageKind::copy:
    case MessageKind::move:
    case MessageKind::part_read:
    case MessageKind::part_write:
    case MessageKind::part_colour:
    case MessageKind::lock:
    case MessageKind::unlock:
    case MessageKind::runlock:
    case MessageKind::guarded_read:
    case MessageKind::guarded_write:
    case MessageKind::unsafe_read:
    case MessageKind::unsafe_write:
    case MessageKind::mutex_pointer:
    case MessageKind::in_place_read:
    case MessageKind::in_place_write:
    case MessageKind::atomic_add:
    case MessageKind::atomic_cas:
    case MessageKind::flag:
    case MessageKind::lease_end:
    case MessageKind::called:
    case MessageKind::transfer:
    case MessageKind::stack:
    case MessageKind::write_back:
    case MessageKind::back_up:
      return add_object(message, into);
  }
}

void Inspector::add_body(const UpdateBody& body, Fingerprint& into) const {
  const auto& [word, object] = body;
  parts_.heap.fingerprint(into, ColouredAddress(word));
  into.add(object);
}

void Inspector::add_body(const ResetBody& body, Fingerprint& into) const {
  const auto& [call, disposal] = body;
  add_caller(call, into);
  into.rename(disposal);
}

void Inspector::add_body(const AllocateBody& body, Fingerprint& into) const {
  const auto& [call, size] = body;
  add_caller(call, into);
  into.add(size.count());
}

void Inspector::add_body(const AtomicBody& body, Fingerprint& into) const {
  const auto& [call, compare, object, offset, operand, expected] = body;
  add_caller(call, into);
  into.add(compare);
  into.add(object.value());
  into.add(offset.count());
  into.add(operand);
  into.add(expected);
}

void Inspector::add_body(const ReplyBody& body, MessageKind kind, Fingerprint& into) const {
  const auto& [call, value] = body;
  add_caller(call, into);
  if (kind == MessageKind::allocated) {
    parts_.heap.fingerprint(into, GlobalAddress(value));
  } else {
    into.add(value);
  }
}

void Inspector::add_body(const LossBody& body, Fingerprint& into) const {
  const auto& [server] = body;
  into.add(server.value());
}

void Inspector::add_body(const ObjectBody& body, Fingerprint& into) const {
  const auto& [object] = body;
  into.add(object.value());
}

void Inspector::add_object(const Post& message, Fingerprint& into) const {
  add_body(message.body.as<ObjectBody>(), into);
  into.add(message.content);
}

void Inspector::add_disposal(const Post& message, Fingerprint& into) const {
  const auto [address, disposal, acknowledge] = message.body.as<DisposalBody>();
  parts_.heap.fingerprint(into, address);
  into.add(acknowledge);
  const bool deallocates = message.type == parts_.runtime.types()[MessageKind::deallocate];
  if (deallocates || acknowledge != 0) {
    into.rename(disposal);  // else it may be another's by now
  }
}

/// Who waits for the answer.
void Inspector::add_caller(std::uint64_t call, Fingerprint& into) const {
  into.add(parts_.runtime.caller(call).value());
}

}  // namespace dsmsim::drust
