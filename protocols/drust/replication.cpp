#include "protocols/drust/replication.hpp"

#include <algorithm>

namespace dsmsim::drust {

Replication::Replication(Runtime& runtime, Objects& objects, Heap& heap, Memory& memory,
                         EventLog& log)
    : runtime_(runtime),
      objects_(objects),
      heap_(heap),
      memory_(memory),
      log_(log),
      backups_(runtime.servers(), runtime.options().replication.backups) {}

// ---- what is written back

void Replication::created(ObjectId object, ColouredAddress home) {
  if (object.index() >= saved_.size()) {
    saved_.resize(object.index() + 1);
  }
  const std::uint64_t stamp = objects_[object].stamp;
  saved_[object.index()] = {.name = home, .stamp = stamp, .before = stamp};
  objects_[object].tracked = true;
}

/// Colours are in pointers alone, so a new name of the same contents needs no message.
bool Replication::may_know(NodeId server, ObjectId object) {
  const ColouredAddress home = objects_[object].box.target;
  if (heap_.is_local(home.address(), server)) {
    return true;
  }
  if (!has(object, home)) {
    return runtime_.mutated("drust.crash_write_back_skipped");
  }
  saved_[object.index()].name = home;
  return true;
}

Task<> Replication::about_to_know(Thread& thread, ObjectId object) {
  while (!may_know(thread.node(), object)) {
    co_await wait(thread, begin(object, objects_[object].box.target));
  }
}

Task<> Replication::about_to_leave(Thread& thread, ObjectId object, ColouredAddress home) {
  const bool local = heap_.is_local(home.address(), thread.node());
  if (!local || runtime_.mutated("drust.crash_write_back_skipped")) {
    co_return;
  }
  while (!has(object, home)) {
    Write* const write = begin(object, home);
    if (runtime_.mutated("drust.crash_write_back_not_awaited")) {
      co_return;
    }
    co_await wait(thread, write);
  }
  saved_[object.index()].name = home;
}

Replication::Write* Replication::begin(ObjectId object, ColouredAddress home) {
  std::unique_ptr<Write>& write = under_way_[object];
  if (write != nullptr) {
    return write.get();
  }
  write = std::make_unique<Write>(runtime_.queue(), ++writes_);
  const NodeId partition = heap_.partition_of(home.address());
  write->by = heap_.host_of(partition);
  write->name = home;
  write->stamp = objects_[object].stamp;
  const std::vector<Backups::Backup>& backups = backups_.of(partition);
  for (const Backups::Backup& backup : backups) {
    write->awaited.push_back(backup.server);
  }
  if (backups.empty()) {
    finish(object);
    return nullptr;
  }
  const Cause cause = runtime_.writes_back(object);
  for (const Backups::Backup& backup : backups) {
    runtime_.cluster().simulation().spawn(
        this->write(object, write->by, backup.server, write->number, cause));
  }
  return write.get();
}

void Replication::arrive(ObjectId object, NodeId backup, std::uint64_t number) {
  std::vector<Version>& versions = saved_[object.index()].versions;
  const auto at = std::find_if(versions.begin(), versions.end(),
                               [&](const Version& version) { return version.backup == backup; });
  if (at == versions.end()) {
    versions.push_back({backup, number});
  } else {
    at->number = std::max(at->number, number);
  }
}

bool Replication::has_arrived(const Saved& saved, NodeId backup, std::uint64_t number) const {
  const auto& all = saved.versions;
  return number == 0 || std::any_of(all.begin(), all.end(), [&](const Version& version) {
           return version.backup == backup && version.number >= number;
         });
}

bool Replication::is_at_all_backups(ObjectId object) const {
  const Saved& saved = saved_[object.index()];
  const std::vector<Backups::Backup>& backups =
      backups_.of(heap_.partition_of(saved.name.address()));
  return std::all_of(backups.begin(), backups.end(), [&](const Backups::Backup& backup) {
    return !backup.complete || has_arrived(saved, backup.server, saved.number);
  });
}

void Replication::agree(ObjectId object, ColouredAddress name, std::uint64_t stamp,
                        std::uint64_t number) {
  Saved& saved = saved_[object.index()];
  saved.before = std::exchange(saved.stamp, stamp);
  saved.name = name;
  saved.number = std::max(saved.number, number);
}

Post Replication::post_of(NodeId from, NodeId to, ObjectId object, Bytes payload, Cause cause,
                          std::uint64_t number) {
  return {.from = from,
          .to = to,
          .verb = Verb::write,
          .type = runtime_.types()[MessageKind::write_back],
          .payload = payload,
          .data = {cause, payload},
          .effect = [this, object, to, number] { arrive(object, to, number); },
          .body = ObjectBody{object},
          .content = objects_[object].stamp};
}

/// Fails if the backup is lost; then it is no backup any more. The write-back may have come to
/// nothing before this begins.
Task<> Replication::write(ObjectId object, NodeId by, NodeId backup, std::uint64_t number,
                          Cause cause) {
  const Bytes size = objects_.size(object);
  Fabric::Operation write =
      runtime_.cluster().fabric().perform(post_of(by, backup, object, size, cause, number));
  co_await write;
  ++runtime_.counters().write_backs;
  runtime_.counters().write_back_bytes += size;
  answered(object, backup, number);
}

void Replication::answered(ObjectId object, NodeId backup, std::uint64_t number) {
  const auto at = under_way_.find(object);
  if (at != under_way_.end() && at->second->number == number &&
      std::erase(at->second->awaited, backup) > 0 && is_last(at->second->awaited.empty())) {
    finish(object);
  }
}

/// Whether an answer is the last that is awaited.
bool Replication::is_last(bool none_awaited) const {
  return none_awaited || runtime_.mutated("drust.crash_one_backup_awaited");
}

void Replication::finish(ObjectId object) {
  const auto at = under_way_.find(object);
  const std::unique_ptr<Write> write = std::move(at->second);
  under_way_.erase(at);
  Sender host{write->by};
  give_up_old_home(host, object);
  agree(object, write->name, write->stamp, write->number);
  write->done.open();
}

Task<> Replication::wait(Thread& thread, Write* write) {
  if (write == nullptr) {
    co_return;
  }
  co_await write->done.wait();
  co_await thread.stop_if_lost();
  thread.tally().charge(Category::acks, thread.now());
}

// ---- what is written to an object on another server

Task<std::uint64_t> Replication::use_far(Thread& thread, OneSided request, FarUse use) {
  const auto host = [this, use] { return heap_.host(use.name.address()); };
  return use.write ? write_far(thread, request, use) : runtime_.make(thread, request, host);
}

/// The write goes to the backups first, is then made where the object lies, which has been written
/// back with that, and goes once more to those backups that have become so meanwhile.
Task<std::uint64_t> Replication::write_far(Thread& thread, OneSided request, FarUse use) {
  const std::uint64_t number = ++writes_;
  const GlobalAddress home = use.name.address();
  const auto host = [this, home] { return heap_.host(home); };
  Effect write = request.effect;
  request.effect = [this, &write, object = request.object, name = use.name, number] {
    const std::uint64_t before = objects_[object].stamp;
    const std::uint64_t result = write();
    if (objects_[object].stamp != before) {  // else it had been made already
      agree(object, name, objects_[object].stamp, number);
    }
    return result;
  };
  co_await mirror(thread, request.object, home, use.length, number);
  const std::uint64_t result = co_await runtime_.make(thread, request, host);
  co_await mirror(thread, request.object, home, use.length, number);
  co_return result;
}

/// The backups that have not got that write.
std::vector<NodeId> Replication::without(ObjectId object, GlobalAddress home,
                                         std::uint64_t number) const {
  std::vector<NodeId> servers;
  for (const Backups::Backup& backup : backups_.of(heap_.partition_of(home))) {
    if (!has_arrived(saved_[object.index()], backup.server, number)) {
      servers.push_back(backup.server);
    }
  }
  return servers;
}

Task<> Replication::mirror(Thread& thread, ObjectId object, GlobalAddress home, Bytes length,
                           std::uint64_t number) {
  for (std::vector<NodeId> left = without(object, home, number); !left.empty();
       left = without(object, home, number)) {
    const auto mirror = std::make_shared<Mirror>(runtime_.queue());
    for (const NodeId backup : left) {
      if (backup == thread.node()) {
        co_await runtime_.spend(thread, Category::copy, runtime_.profile().touch(length));
        arrive(object, backup, number);
      } else {
        ++mirror->awaited;
        runtime_.cluster().simulation().spawn(
            mirror_to(thread.node(), backup, object, length, number, mirror));
      }
    }
    if (mirror->awaited > 0) {
      co_await mirror->done.wait();
      co_await thread.stop_if_lost();
      thread.tally().charge(Category::acks, thread.now());
    }
    if (runtime_.mutated("drust.crash_one_backup_awaited")) {
      co_return;
    }
  }
}

Task<> Replication::mirror_to(NodeId from, NodeId backup, ObjectId object, Bytes length,
                              std::uint64_t number, std::shared_ptr<Mirror> mirror) {
  Fabric::Operation write = runtime_.cluster().fabric().perform(
      post_of(from, backup, object, length, Cause::write, number));
  co_await write;
  ++runtime_.counters().write_backs;
  runtime_.counters().write_back_bytes += length;
  if (is_last(--mirror->awaited == 0)) {
    mirror->done.open();
  }
}

// ---- objects that move

bool Replication::keeps_old_home(ObjectId object, ColouredAddress from) {
  if (saved_[object.index()].name.address() != from.address()) {
    return false;
  }
  Saved& saved = saved_[object.index()];
  saved.old_home = from;
  saved.sharers = std::exchange(objects_[object].sharers, SharerLists::kNone);
  return true;
}

void Replication::give_up_old_home(Sender& sender, ObjectId object) {
  if (has_old_home(object)) {
    Saved& saved = saved_[object.index()];
    const ColouredAddress old = std::exchange(saved.old_home, ColouredAddress());
    memory_.give_up(sender, objects_.size(object), old,
                    std::exchange(saved.sharers, SharerLists::kNone));
  }
}

// ---- when a server is lost

void Replication::forget_server(NodeId lost) {
  std::vector<ObjectId> objects;
  for (const auto& [object, write] : under_way_) {
    objects.push_back(object);
  }
  for (const ObjectId object : objects) {
    const auto at = under_way_.find(object);
    if (at->second->by == lost) {
      at->second->done.open();
      under_way_.erase(at);
    } else {
      answered(object, lost, at->second->number);
    }
  }
}

ColouredAddress Replication::restore(ObjectId object, NodeId lost) {
  Saved& saved = saved_[object.index()];
  ObjectState& state = objects_[object];
  const bool lies_there = heap_.host(saved.name.address()) == lost;
  if (runtime_.mutated("drust.crash_stale_backup") || (lies_there && !is_at_all_backups(object))) {
    saved.stamp = saved.before;
  }
  if (saved.old_home != ColouredAddress()) {
    state.sharers = std::exchange(saved.sharers, SharerLists::kNone);
    saved.old_home = ColouredAddress();
  }
  objects_.roll_back(object, saved.stamp, lost);
  return saved.name;
}

std::int64_t Replication::count_unsure(NodeId lost, NodeId backup) const {
  return std::count_if(under_way_.begin(), under_way_.end(), [&](const auto& entry) {
    const NodeId partition = heap_.partition_of(entry.second->name.address());
    return entry.second->by == lost && backups_.is_at(partition, backup);
  });
}

// ---- new backups

/// Calls tell(object) for all that lie there, as others know them.
template <class Tell>
void Replication::for_each_in(NodeId partition, Tell tell) const {
  for (std::size_t i = 0; i < saved_.size(); ++i) {
    const ObjectId object(i);
    if (objects_[object].live && heap_.partition_of(saved_[i].name.address()) == partition) {
      tell(object);
    }
  }
}

/// Of all objects there: what the new backup has to have.
Bytes Replication::bytes_in(NodeId partition) const {
  const Heap& heap = heap_;
  Bytes sum;
  for (std::size_t i = 0; i < objects_.count(); ++i) {
    const ObjectState& object = objects_[ObjectId(i)];
    if (object.live && heap.partition_of(object.box.target.address()) == partition) {
      sum += heap.footprint(objects_.size(ObjectId(i)));
    }
  }
  return sum;
}

/// What the host has is sent, with what it is writing back already: so the new backup will have got
/// that, too.
void Replication::begin_at(NodeId partition, NodeId backup) {
  for_each_in(partition,
              [&](ObjectId object) { arrive(object, backup, saved_[object.index()].number); });
  for (const auto& [object, write] : under_way_) {
    if (heap_.partition_of(write->name.address()) == partition) {
      arrive(object, backup, write->number);
    }
  }
}

Task<> Replication::bring_up(NodeId partition, NodeId backup) {
  const NodeId host = heap_.host_of(partition);
  const Time since = runtime_.queue().now();
  const Bytes all = bytes_in(partition);
  begin_at(partition, backup);
  co_await send_partition(partition, backup, all);
  co_await send_late(partition, backup);
  if (!backups_.is_at(partition, backup) || heap_.host_of(partition) != host) {
    co_return;  // one of the two has been lost meanwhile
  }
  backups_.complete(partition, backup);
  ++runtime_.counters().new_backups;
  log_.add({.at = runtime_.queue().now(),
            .event = "new_backup",
            .server = host,
            .reason = "the partition had lost a backup",
            .numbers = {{"partition", static_cast<double>(partition.value())},
                        {"to", static_cast<double>(backup.value())},
                        {"size_bytes", static_cast<double>(all.count())},
                        {"took_us", (runtime_.queue().now() - since).ns() / 1e3}}});
}

Task<> Replication::send_partition(NodeId partition, NodeId backup, Bytes all) {
  const NodeId host = heap_.host_of(partition);
  for (Bytes left = all; left > Bytes(0);) {
    const Bytes chunk = std::min(left, options().chunk);
    Fabric::Operation write =
        runtime_.cluster().fabric().perform({.from = host,
                                             .to = backup,
                                             .verb = Verb::write,
                                             .type = runtime_.types()[MessageKind::back_up],
                                             .payload = chunk});
    co_await write;
    runtime_.counters().backup_bytes += chunk;
    left = left - chunk;
  }
}

/// What has been written meanwhile by servers that did not know of the new backup.
Task<> Replication::send_late(NodeId partition, NodeId backup) {
  std::vector<ObjectId> late;
  for_each_in(partition, [&](ObjectId object) {
    const Saved& saved = saved_[object.index()];
    if (!has_old_home(object) && !has_arrived(saved, backup, saved.number)) {
      late.push_back(object);
    }
  });
  for (const ObjectId object : late) {
    if (Write* const write = begin(object, saved_[object.index()].name)) {
      co_await write->done.wait();
    }
  }
}

// ---- for a checker

/// Numbers of write-backs decide nothing: two of the same object are never under way. Holds are of
/// threads that wait (Inspector::forgets) and of messages, and so is a Mirror.
void Replication::fingerprint(Fingerprint& into) const {
  const auto& [runtime, objects, heap, memory, log, backups, holds, saved, under_way, writes] =
      *this;  // other parts add themselves; writes counts
  for (std::size_t i = 0; i < saved.size(); ++i) {
    const auto& [name, stamp, before, number, versions, old_home, sharers] = saved[i];
    // number and versions: is_at_all_backups(); before: only a crash brings it back
    if (objects[ObjectId(i)].live) {
      heap.fingerprint(into, name);
      into.add(stamp);
      into.add(is_at_all_backups(ObjectId(i)) ? 1 : 0);
      heap.fingerprint(into, old_home);
      memory.fingerprint(into, sharers);
    }
  }
  for (const auto& [object, write] : under_way) {
    const auto& [number, by, name, stamp, awaited, done] = *write;
    // by has the object; done opens when nobody is awaited any more
    into.add(object.value());
    heap.fingerprint(into, name);
    into.add(stamp);
    for (const NodeId backup : awaited) {
      into.add(backup.value());
    }
  }
  backups.fingerprint(into);
}

}  // namespace dsmsim::drust
