// The state of the engine as a fingerprint: everything that decides what happens next, in an order
// that does not depend on how it came about. Copies, and answers awaited, are known by what they
// are; numbers of disposals are renamed, and so are addresses as long as all blocks are of one
// size: which is which decides nothing then, since the allocator hands them out by age.

#include <algorithm>
#include <bit>
#include <tuple>

#include "protocols/drust/inspector.hpp"

namespace dsmsim::drust {
namespace {

constexpr std::uint64_t kEndOfList = ~std::uint64_t{0};

}  // namespace

// ---- the parts

void Heap::fingerprint(Fingerprint& into) const {
  for (std::uint32_t server = 0; server < partitions_.size(); ++server) {
    partitions_[server].fingerprint(into, first(NodeId(server)), mixed_);
    into.add(hosts_[server].value());
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
  if (list != kNone) {
    std::vector<NodeId> servers = lists_[list];
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
    for (; copy != nullptr; copy = copy->older.valid() ? &copies_[copy->older.value()] : nullptr) {
      heap.fingerprint(into, copy->key);
      heap.fingerprint(into, copy->local);
      into.add(copy->object.value());
      into.add(copy->stamp);
      into.add(copy->count);
      into.add(copy->arrives != nullptr ? 1 : 0);
    }
    into.add(kEndOfList);
  }
  for (CopyId id = oldest_left_; id.valid(); id = copies_[id.value()].left_after) {
    heap.fingerprint(into, copies_[id.value()].key);
  }
  into.add(kEndOfList);
}

void Memory::fingerprint(Fingerprint& into) const {
  for (const auto& server : servers_) {
    server->copies.fingerprint(into, heap_);
    into.add(server->map_lock.locked() ? 1 : 0);
    for (const ThreadId thread : server->waiting) {
      into.add(thread.value());
    }
    into.add(kEndOfList);
  }
  for (const ObjectState& object : objects_) {
    sharers_.fingerprint(into, object.sharers);
  }
  add_disposals(into);
  std::vector<std::uint64_t> pasts;
  for (const auto& [address, past] : pasts_) {
    pasts.push_back(address);
  }
  std::sort(pasts.begin(), pasts.end());
  for (const std::uint64_t address : pasts) {
    const Past& past = pasts_.at(address);
    heap_.fingerprint(into, GlobalAddress(address));
    into.add(past.next);
    sharers_.fingerprint(into, past.sharers);
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
    const Disposal& disposal = disposals_[number];
    into.rename(number);
    heap_.fingerprint(into, disposal.address);
    into.add(disposal.size.count());
    into.add(disposal.by.value());
    into.add(disposal.colour);
    for (const NodeId server : disposal.awaited) {
      into.add(server.value());
    }
    into.add(kEndOfList);
    into.add(disposal.reset ? 1 : 0);  // at most one a thread, which waits and is known
    sharers_.fingerprint(into, disposal.sharers);
    into.add(disposal.next == Disposal::kNone ? 0 : 1);
  }
  into.add(kEndOfList);
}

void Mutexes::fingerprint(Fingerprint& into) const {
  for (const auto& [object, lease] : leases_) {
    into.add(object.value());
    into.add(objects_[object].lessee.value());
    into.add((lease.fresh ? 2 : 0) + (lease.ending ? 1 : 0));
  }
  into.add(kEndOfList);
  for (std::uint32_t thread = 0; thread < uses_leases_.size(); ++thread) {
    into.add(uses_leases_[thread] ? 1 : 0);
  }
  into.add(kEndOfList);
  for (const auto& [thread, object] : spinning_) {
    into.add(thread.value());
    into.add(object.value());
  }
  into.add(kEndOfList);
  for (const auto& [who, hold] : readers_) {
    into.add(who.first.value());
    into.add(who.second.value());
    into.add((std::uint64_t{hold.times} << 1) + (hold.pointer_known ? 1 : 0));
  }
  into.add(kEndOfList);
}

void Atomics::fingerprint(Fingerprint& into) const {
  std::vector<Place> places;
  for (const auto& [place, word] : words_) {
    places.push_back(place);
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::pair(a.object, a.offset) < std::pair(b.object, b.offset);
  });
  for (const Place& place : places) {
    into.add(place.object.value());
    into.add(place.offset.count());
    into.add(words_.at(place));
  }
  into.add(kEndOfList);
}

/// But for the samples, which are of times.
void Controller::fingerprint(Fingerprint& into) const {
  for (const View& view : views_) {
    into.add(std::bit_cast<std::uint64_t>(view.cpu));
    into.add(view.memory.count());
    into.add(view.threads);
    into.add(view.asked ? 1 : 0);
  }
  into.add(awaited_);
}

void Controller::fingerprint(const Post& message, MessageKind kind, Fingerprint& into) const {
  if (kind == MessageKind::ask) {
    const auto question = message.body.as<Question>();
    into.add(runtime_.caller(question.call).value());
    into.add(question.full);
    into.add(static_cast<std::uint64_t>(question.want));
    into.add(question.asking);
    into.add(question.size.count());
  } else if (kind == MessageKind::pong) {
    const auto pong = message.body.as<Pong>();
    into.add(std::bit_cast<std::uint64_t>(pong.cpu));
    into.add(pong.memory.count());
    into.add(pong.threads);
  } else if (kind == MessageKind::order || kind == MessageKind::moved) {
    const auto order = message.body.as<Order>();
    into.add(order.thread.value());
    into.add(order.server.value());
  }
}

void Runtime::fingerprint(Fingerprint& into) const {
  calls_.fingerprint(into);
  flagged_.for_each([&](const Flagged& flagged) { into.add(flagged.found); });
  for (std::uint32_t lost = 0; lost_.any() && lost < servers(); ++lost) {
    for (std::uint32_t at = 0; lost_.contains(NodeId(lost)) && at < servers(); ++at) {
      into.add(2 * at + (lost_.told(NodeId(at), NodeId(lost)).is_open() ? 1 : 0));
      into.add(lost_.paused_for(NodeId(at)).value());
    }
  }
}

// ---- the whole

void Inspector::fingerprint(Fingerprint& into) const {
  add_objects(into);
  add_references(into);
  parts_.borrows.table().fingerprint(into);
  parts_.memory.fingerprint(into);
  if (parts_.replication != nullptr) {
    parts_.replication->fingerprint(into);
  }
  parts_.mutexes.fingerprint(into);
  parts_.atomics.fingerprint(into);
  parts_.controller.fingerprint(into);
  parts_.runtime.fingerprint(into);
  parts_.heap.fingerprint(into);
  for (const auto& pool : parts_.workers) {
    into.add(pool->backlog());
  }
}

void Inspector::add_objects(Fingerprint& into) const {
  for (std::size_t i = 0; i < parts_.objects.count(); ++i) {
    const ObjectState& object = parts_.objects[ObjectId(i)];
    into.add(object.live ? 1 : 0);
    if (!object.live) {
      continue;  // nobody gets at what is left of it
    }
    add_pointer(into, object.box, object.owner);
    into.add(object.stamp);
    into.add(object.lock);
    into.add(object.owner.value());
    into.add(object.lock_home.value());
    if (object.tied) {
      into.add(parts_.runtime.affinity().root(ObjectId(i)).value());
    }
    into.add((object.late ? 16 : 0) + (object.raw ? 8 : 0) + (object.tied ? 4 : 0) +
             (object.guarded ? 2 : 0) + (object.pointer_known ? 1 : 0));
  }
  for (const ObjectId object : parts_.runtime.affinity().pinned()) {
    into.add(object.value());
  }
  into.add(kEndOfList);
}

/// The references of a thread in the order in which it has made them: so it knows them apart.
void Inspector::add_references(Fingerprint& into) const {
  std::vector<const Reference*> references;
  parts_.borrows.references().for_each([&](const Reference& one) { references.push_back(&one); });
  std::sort(references.begin(), references.end(), [](const Reference* a, const Reference* b) {
    return std::pair(a->thread, a->made) < std::pair(b->thread, b->made);
  });
  for (const Reference* reference : references) {
    into.add(reference->thread.value());
    into.add(reference->object.value());
    into.add(reference->node.value());
    into.add((reference->written_in_place ? 4 : 0) + (reference->mut ? 2 : 0) +
             (reference->dirty ? 1 : 0));
    add_pointer(into, reference->pointer, reference->node);
    into.add(reference->offset.count());
    into.add(reference->length.count());
    parts_.heap.fingerprint(into, reference->part);
    into.add(reference->stamp);
  }
  into.add(kEndOfList);
}

void Inspector::add_pointer(Fingerprint& into, const Pointer& pointer, NodeId server) const {
  const Heap& heap = parts_.heap;
  heap.fingerprint(into, pointer.target);
  into.add((pointer.extension.written() ? 2 : 0) + (pointer.extension.has_copy() ? 1 : 0));
  if (pointer.extension.has_copy()) {
    const CopyTable& copies = parts_.memory.server(server).copies;
    heap.fingerprint(into, copies[pointer.extension.copy()].key);
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

void Inspector::add_body(const Post& message, Fingerprint& into) const {
  const Heap& heap = parts_.heap;
  switch (const MessageKind kind = parts_.runtime.types().kind(message.type)) {
    case MessageKind::deallocate:
    case MessageKind::invalidate:
    case MessageKind::invalidated:
      return add_disposal(message, into);
    case MessageKind::update: {
      const auto body = message.body.as<UpdateBody>();
      heap.fingerprint(into, ColouredAddress(body.word));
      return into.add(body.object);
    }
    case MessageKind::reset: {
      const auto body = message.body.as<ResetBody>();
      add_caller(body.call, into);
      return into.rename(body.disposal);
    }
    case MessageKind::allocate: {
      const auto body = message.body.as<AllocateBody>();
      add_caller(body.call, into);
      return into.add(body.size.count());
    }
    case MessageKind::atomic_request: {
      const auto body = message.body.as<AtomicBody>();
      add_caller(body.call, into);
      into.add(body.compare);
      into.add(body.object.value());
      into.add(body.offset.count());
      into.add(body.operand);
      return into.add(body.expected);
    }
    case MessageKind::allocated: {
      const auto body = message.body.as<ReplyBody>();
      add_caller(body.call, into);
      return heap.fingerprint(into, GlobalAddress(body.value));
    }
    case MessageKind::atomic_reply:
    case MessageKind::reset_done:
    case MessageKind::resume:
    case MessageKind::told: {
      const auto body = message.body.as<ReplyBody>();
      add_caller(body.call, into);
      return into.add(body.value);
    }
    case MessageKind::promote:
    case MessageKind::promoted:
    case MessageKind::held:
    case MessageKind::serves:
    case MessageKind::lost:
      return into.add(message.body.as<LossBody>().server.value());
    case MessageKind::ping:
    case MessageKind::pong:
    case MessageKind::ask:
    case MessageKind::order:
    case MessageKind::moved:
      return parts_.controller.fingerprint(message, kind, into);
    case MessageKind::owner_update:
      into.add(message.body.as<ObjectBody>().object.value());
      return heap.fingerprint(into, ColouredAddress(message.content));
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

void Inspector::add_object(const Post& message, Fingerprint& into) const {
  into.add(message.body.as<ObjectBody>().object.value());
  into.add(message.content);
}

void Inspector::add_disposal(const Post& message, Fingerprint& into) const {
  const auto body = message.body.as<DisposalBody>();
  parts_.heap.fingerprint(into, body.address);
  into.add(body.acknowledge);
  const bool deallocates = message.type == parts_.runtime.types()[MessageKind::deallocate];
  if (deallocates || body.acknowledge != 0) {
    into.rename(body.disposal);  // else it may be another's by now
  }
}

/// Who waits for the answer.
void Inspector::add_caller(std::uint64_t call, Fingerprint& into) const {
  into.add(parts_.runtime.caller(call).value());
}

}  // namespace dsmsim::drust
