// What the survivors do when a server is lost (OSDI'24, section 4.2.3: the controller promotes the
// backup, which serves the same addresses, and a new backup is brought up).
//
// The controller hears of it from a request that fails, or from the failure detector. It tells the
// backup of each partition that was there (`promote`) and all survivors (`lost`). From then on a
// survivor takes nothing more from the lost server, whose unlock could free a lock that is somebody
// else's by then, and begins no operation; it tells each such backup what locks its threads hold
// there, and what Boxes and references to there it has (`held`), for nothing else says which
// addresses are in use. A backup that has heard from all goes through its objects and answers
// (`promoted`). After the last answer the lost server's threads have ended, with their references
// and locks; its objects are what their backups have; their Boxes, where they were there too,
// belong to its substitute. The controller tells the survivors (`serves`), each of which goes on
// when it hears that, and whoever waits makes his requests again. Of an operation that was under
// way all the time a request may go to the substitute some microseconds before its server has heard
// of it. The paper says no more than the first sentence; this is the least that needs no server to
// know what it was not told (assumed).

#include "protocols/drust/recovery.hpp"

#include <algorithm>
#include <set>

#include "sim/dsm/boundary/world.hpp"

namespace dsmsim::drust {

Recovery::Recovery(const Losable& parts)
    : runtime_(parts.runtime),
      objects_(parts.objects),
      heap_(parts.heap),
      memory_(parts.memory),
      replication_(parts.replication),
      borrows_(parts.borrows),
      mutexes_(parts.mutexes),
      atomics_(parts.atomics),
      controller_(parts.controller),
      log_(parts.log) {}

// ---- the controller

bool Recovery::goes_on_without(NodeId server) {
  if (runtime_.lost().contains(server)) {
    return true;
  }
  if (!can_do_without(server)) {
    return false;
  }
  runtime_.lost().add(server);
  promote(server);
  return true;
}

/// One at a time: while a server's place is being taken another must not fail. What atomics have
/// come to is at their host alone.
bool Recovery::can_do_without(NodeId server) const {
  if (!runtime_.cluster().fabric().has_crashed(server) || promoting_ > 0 ||
      server == NodeId(runtime_.options().controller.server) || atomics_.any_at(server)) {
    return false;
  }
  for (std::uint32_t i = 0; i < runtime_.servers(); ++i) {
    const bool there = heap_.host_of(NodeId(i)) == server;
    const NodeId substitute = replication_.backups().substitute(NodeId(i));
    if (there && (!substitute.valid() || runtime_.cluster().fabric().has_crashed(substitute))) {
      return false;
    }
  }
  return true;
}

/// Tells those who are to take its place, and all who are left.
void Recovery::promote(NodeId lost) {
  std::set<NodeId> substitutes;
  for (std::uint32_t i = 0; i < runtime_.servers(); ++i) {
    replication_.backups().remove(NodeId(i), lost);
    if (heap_.host_of(NodeId(i)) == lost) {
      substitutes.insert(replication_.backups().substitute(NodeId(i)));
    }
  }
  Sender controller{NodeId(runtime_.options().controller.server), runtime_.costs().decision};
  promoting_ = substitutes.size();
  const std::vector<NodeId> survivors = this->survivors();
  for (const NodeId substitute : substitutes) {
    awaited_[substitute] = survivors.size() + 1;
  }
  for (const NodeId substitute : substitutes) {
    tell(controller, substitute, MessageKind::promote, lost);
  }
  for (const NodeId survivor : survivors) {
    tell(controller, survivor, MessageKind::lost, lost);
  }
}

std::vector<NodeId> Recovery::survivors() const {
  std::vector<NodeId> all;
  for (std::uint32_t i = 0; i < runtime_.servers(); ++i) {
    if (!runtime_.lost().contains(NodeId(i))) {
      all.emplace_back(i);
    }
  }
  return all;
}

/// Without a message if it is the same server.
void Recovery::tell(Sender& here, NodeId to, MessageKind kind, NodeId lost, Bytes more) {
  if (to == here.node) {
    hear(here, kind, lost);
  } else {
    runtime_.send(here, to, kind, runtime_.options().control + more, LossBody{lost});
  }
}

void Recovery::handle(const Delivery& message, Sender& here) {
  hear(here, runtime_.types().kind(message.type), message.body.as<LossBody>().server);
}

void Recovery::hear(Sender& here, MessageKind kind, NodeId lost) {
  if (kind == MessageKind::lost) {
    runtime_.cluster().fabric().close(here.node, lost);
    runtime_.lost().pause(here.node, lost);
    report_held(here, lost);
  } else if (kind == MessageKind::serves) {
    runtime_.lost().resume(here.node, lost);
  } else if (kind == MessageKind::promoted) {
    if (--promoting_ == 0) {
      take_over(lost, here);
    }
  } else if (--awaited_.at(here.node) == 0) {  // promote, and held of every survivor
    awaited_.erase(here.node);
    here.spent +=
        runtime_.costs().decision + runtime_.costs().map_operation * count_objects(lost, here.node);
    tell(here, NodeId(runtime_.options().controller.server), MessageKind::promoted, lost);
  }
}

// ---- what those who take the place have to know

/// A lock word, or the name in a Box or a reference, and whose it is, or the number of a
/// write-back: 16 bytes each.
void Recovery::report_held(Sender& here, NodeId lost) {
  std::vector<NodeId> substitutes;
  for (const auto& [substitute, messages] : awaited_) {
    substitutes.push_back(substitute);
  }
  for (const NodeId substitute : substitutes) {
    const std::int64_t held = count_held(here.node, lost, substitute);
    here.spent += runtime_.costs().map_operation * held;
    tell(here, substitute, MessageKind::held, lost, kBox * static_cast<std::uint64_t>(held));
  }
}

/// Whether the substitute will have what lies there, at the lost server.
bool Recovery::goes_to(ColouredAddress home, NodeId lost, NodeId substitute) const {
  const NodeId partition = heap_.partition_of(home.address());
  return heap_.host_of(partition) == lost &&
         replication_.backups().substitute(partition) == substitute;
}

std::int64_t Recovery::count_held(NodeId by, NodeId lost, NodeId substitute) const {
  std::int64_t held = 0;
  for (const ObjectState& object : objects_) {
    held += object.live && object.owner == by && goes_to(object.box.target, lost, substitute);
  }
  borrows_.references().for_each([&](const Reference& reference) {
    held += reference.node == by && goes_to(reference.pointer.target, lost, substitute);
  });
  if (replication_.backups().substitute(lost) == substitute) {
    held += static_cast<std::int64_t>(mutexes_.count_held(lost, by));
  }
  return held + replication_.count_unsure(lost, by);
}

std::int64_t Recovery::count_objects(NodeId lost, NodeId substitute) const {
  return std::count_if(objects_.begin(), objects_.end(), [&](const ObjectState& object) {
    return object.live && goes_to(object.box.target, lost, substitute);
  });
}

// ---- the change

/// All substitutes are ready.
void Recovery::take_over(NodeId lost, Sender& controller) {
  const std::vector<ColouredAddress> homes = end_lost_threads(lost);
  end_passages(lost);
  replication_.forget_server(lost);
  memory_.forget_server(lost);
  restore_objects(lost, homes);
  restore_locks(lost);
  if (!runtime_.mutated("drust.crash_promotion_not_known")) {
    adopt_partitions(lost);
  }
  forget_adopted_copies();
  memory_.settle_disposals(lost);
  controller_.forget(lost);
  runtime_.fail_calls_to(lost);
  ++runtime_.counters().recoveries;
  for (const NodeId survivor : survivors()) {
    tell(controller, survivor, MessageKind::serves, lost);
  }
  bring_up_backups();
}

void Recovery::adopt_partitions(NodeId lost) {
  for (std::uint32_t i = 0; i < runtime_.servers(); ++i) {
    const NodeId partition(i);
    if (heap_.host_of(partition) == lost) {
      const NodeId substitute = replication_.backups().substitute(partition);
      heap_.hand_over(partition, substitute);
      replication_.backups().remove(partition, substitute);
      replication_.backups().remove_incomplete(partition);
    }
  }
}

void Recovery::bring_up_backups() {
  for (std::uint32_t i = 0; i < runtime_.servers(); ++i) {
    const NodeId partition(i);
    const NodeId host = heap_.host_of(partition);
    for (NodeId backup = replication_.backups().add(partition, host, runtime_.lost());
         backup.valid(); backup = replication_.backups().add(partition, host, runtime_.lost())) {
      runtime_.cluster().simulation().spawn(replication_.bring_up(partition, backup));
    }
  }
}

// ---- threads

/// They hold nothing any more. Gives where the objects were that they were writing, by ObjectId.
std::vector<ColouredAddress> Recovery::end_lost_threads(NodeId lost) {
  std::vector<ColouredAddress> homes(objects_.count());
  std::vector<Thread*> threads;
  World* world = nullptr;
  runtime_.threads().for_each([&](ThreadId, ThreadEntry& entry) {
    world = &entry.thread->world();
    if (entry.thread->lost_with() == lost) {
      threads.push_back(entry.thread);
    }
  });
  borrows_.table().forget([&](ThreadId id) {  // all of them, before the first gives anything back
    const Thread* const thread = runtime_.threads()[id].thread;
    return thread != nullptr && thread->lost_with() == lost;
  });
  if (world != nullptr) {
    world->tell_of_loss(lost);
  }
  for (Thread* const thread : threads) {
    const ThreadId id = thread->id();
    end_hold(id, lost);
    if (!runtime_.mutated("drust.crash_borrow_kept")) {
      end_references(id, lost, homes);
    }
    if (!runtime_.mutated("drust.crash_lock_kept")) {
      free_locks_of(id, lost);
    }
    runtime_.threads().end(id);
  }
  return homes;
}

/// An operation under way. What it may have written where it lies is as that of a MutRef.
void Recovery::end_hold(ThreadId thread, NodeId lost) {
  const Held held = replication_.holds().of(thread);
  if (!held.object.valid()) {
    return;
  }
  if (held.mode == BorrowMode::exclusive) {
    replication_.refresh(held.object, objects_[held.object].box.target, lost);
  }
  borrows_.leave(thread, held.object, held.mode);
}

void Recovery::end_references(ThreadId thread, NodeId lost, std::vector<ColouredAddress>& homes) {
  for (const BorrowId id : borrows_.references().held_by(thread)) {
    const Reference& reference = borrows_[id];
    if (reference.mut) {
      homes[reference.object.index()] = reference.pointer.target;
    }
    if (reference.mut && heap_.host(reference.pointer.target.address()) != lost) {
      end_mut(reference, lost);
    }
    borrows_.end(id);
  }
}

/// What a lost thread has written to an object of another server: either it is there, and the Box
/// must have the new name, or nobody has seen it. The backups may have it all the same.
void Recovery::end_mut(const Reference& mut, NodeId lost) {
  ObjectState& object = objects_[mut.object];
  const ColouredAddress name = replication_.name(mut.object);
  if (mut.dirty && object.stamp != mut.stamp) {
    objects_.roll_back(mut.object, object.stamp, lost);
  }
  if (name.address() == object.box.target.address()) {
    object.box.target = name;
  }
  replication_.refresh(mut.object, object.box.target, lost);
}

/// What it has written behind them may be in the backups and not at the host.
void Recovery::free_locks_of(ThreadId thread, NodeId lost) {
  mutexes_.forget(thread, [&](ObjectId object) {
    if (objects_[object].guarded) {
      replication_.refresh(object, objects_[object].box.target, lost);
    }
  });
}

/// The servers that have them tell the substitute which locks their threads hold.
void Recovery::restore_locks(NodeId lost) {
  const NodeId substitute = replication_.backups().substitute(lost);
  for (ObjectState& object : objects_) {
    object.lock_home = object.lock_home == lost ? substitute : object.lock_home;
  }
}

/// Boxes on their way to the lost server, or from it, are its substitute's.
void Recovery::end_passages(NodeId lost) {
  std::map<ObjectId, Passage>& passages = replication_.holds().passages();
  for (auto at = passages.begin(); at != passages.end();) {
    const auto [object, passage] = *at;
    if (passage.from == lost || passage.to == lost) {
      at = passages.erase(at);
      objects_[object].owner = lost;
      borrows_.table().release(object, BorrowMode::exclusive);
    } else {
      ++at;
    }
  }
}

// ---- objects

/// `homes`: where lost threads had taken objects to be written.
void Recovery::restore_objects(NodeId lost, const std::vector<ColouredAddress>& homes) {
  const Heap& heap = heap_;
  const NodeId substitute = replication_.backups().substitute(lost);
  std::uint64_t restored = 0;
  std::uint64_t undone = 0;
  for (std::size_t i = 0; i < objects_.count(); ++i) {
    const ObjectId id(i);
    ObjectState& object = objects_[ObjectId(i)];
    if (!object.live) {
      continue;
    }
    const bool orphan = object.owner == lost;
    if (orphan) {
      object.box.extension.reset();
      object.owner = substitute;
      runtime_.threads().set_owner(id, ThreadId());
    }
    const bool taken = i < homes.size() && homes[i] != ColouredAddress();
    const ColouredAddress home = taken ? homes[i] : object.box.target;
    if (heap.host(home.address()) != lost || borrows_.writer(id) != nullptr) {
      continue;
    }
    const std::uint64_t last = object.stamp;
    const ColouredAddress name = replication_.restore(id, lost);
    if (orphan || taken || object.box.target.address() != name.address()) {
      object.box.target = name;
    }
    ++restored;
    undone += object.stamp != last ? 1 : 0;
  }
  note_loss(lost, substitute, restored, undone);
}

/// What a server has taken over is local to it: it needs no copies.
void Recovery::forget_adopted_copies() {
  const auto forget = [&](Pointer& pointer, NodeId server) {
    if (pointer.extension.has_copy() && heap_.is_local(pointer.target.address(), server)) {
      borrows_.drop_copy(server, pointer.extension.copy());
      pointer.extension.reset();
    }
  };
  borrows_.references().for_each_id(
      [&](BorrowId id) { forget(borrows_[id].pointer, borrows_[id].node); });
  for (ObjectState& object : objects_) {
    if (object.live) {
      forget(object.box, object.owner);
      memory_.drop_unused(heap_.host(object.box.target.address()), object.box.target.address());
    }
  }
}

void Recovery::note_loss(NodeId lost, NodeId substitute, std::uint64_t restored,
                         std::uint64_t undone) {
  runtime_.counters().restored_objects += restored;
  runtime_.counters().undone_objects += undone;
  log_.add({.at = runtime_.queue().now(),
            .event = "promotion",
            .server = lost,
            .reason = "the server has crashed, and this one has a backup of its partition",
            .numbers = {{"to", static_cast<double>(substitute.value())},
                        {"restored_objects", static_cast<double>(restored)},
                        {"undone_objects", static_cast<double>(undone)}}});
}

}  // namespace dsmsim::drust
