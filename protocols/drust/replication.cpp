#include "protocols/drust/replication.hpp"

#include <algorithm>

namespace dsmsim::drust {

Replication::Replication(Runtime& runtime, Memory& memory, EventLog& log)
    : runtime_(runtime),
      memory_(memory),
      log_(log),
      backups_(runtime.servers(), runtime.options().replication.backups) {}

// ---- what is written back

void Replication::create(ObjectId object, ColouredAddress home) {
  if (!on()) {
    return;
  }
  if (object.index() >= saved_.size()) {
    saved_.resize(object.index() + 1);
  }
  const std::uint64_t stamp = runtime_.object(object).stamp;
  saved_[object.index()] = {.name = home, .stamp = stamp, .before = stamp};
  runtime_.object(object).tracked = true;
}

/// Colours are in pointers alone, so a new name of the same contents needs no message.
bool Replication::may_know(NodeId server, ObjectId object) {
  const ColouredAddress home = runtime_.object(object).box.target;
  if (!on() || runtime_.heap().is_local(home.address(), server)) {
    return true;
  }
  if (!has(object, home)) {
    return runtime_.mutated("drust.crash_write_back_skipped");
  }
  saved_[object.index()].name = home;
  return true;
}

Task<> Replication::share(Thread& thread, ObjectId object) {
  while (!may_know(thread.node(), object)) {
    co_await wait(thread, begin(object, runtime_.object(object).box.target));
  }
}

Task<> Replication::save(Thread& thread, ObjectId object, ColouredAddress home) {
  const bool local = runtime_.heap().is_local(home.address(), thread.node());
  if (!on() || !local || runtime_.mutated("drust.crash_write_back_skipped")) {
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
  const NodeId partition = runtime_.heap().partition_of(home.address());
  write->by = runtime_.heap().host_of(partition);
  write->name = home;
  write->stamp = runtime_.object(object).stamp;
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

Post Replication::post_of(NodeId from, NodeId to, ObjectId object, Bytes payload,
                          Cause cause) const {
  return {.from = from,
          .to = to,
          .verb = Verb::write,
          .type = runtime_.types().write_back,
          .payload = payload,
          .data = {cause, payload},
          .body = ObjectBody{object},
          .content = runtime_.object(object).stamp};
}

/// Fails if the backup is lost; then it is no backup any more. The write-back may have come to
/// nothing before this begins.
Task<> Replication::write(ObjectId object, NodeId by, NodeId backup, std::uint64_t number,
                          Cause cause) {
  const Bytes size = runtime_.size(object);
  Fabric::Operation write =
      runtime_.cluster().fabric().perform(post_of(by, backup, object, size, cause));
  co_await write;
  ++runtime_.counters().write_backs;
  runtime_.counters().write_back_bytes += size;
  answered(object, backup, number);
}

void Replication::answered(ObjectId object, NodeId backup, std::uint64_t number) {
  const auto at = under_way_.find(object);
  if (at != under_way_.end() && at->second->number == number &&
      std::erase(at->second->awaited, backup) > 0 && at->second->awaited.empty()) {
    finish(object);
  }
}

void Replication::finish(ObjectId object) {
  const auto at = under_way_.find(object);
  const std::unique_ptr<Write> write = std::move(at->second);
  under_way_.erase(at);
  Sender host{write->by};
  give_up_old_home(host, object);
  Saved& saved = saved_[object.index()];
  saved.before = saved.stamp;
  saved.name = write->name;
  saved.stamp = write->stamp;
  write->done.open();
}

Task<> Replication::wait(Thread& thread, Write* write) {
  if (write == nullptr) {
    co_return;
  }
  co_await write->done.wait();
  co_await Runtime::stop_if_lost(thread);
  thread.tally().charge(Category::acks, thread.now());
}

// ---- what is written to an object on another server

Task<> Replication::mirror(Thread& thread, ObjectId object, GlobalAddress home, Bytes length) {
  const NodeId partition = runtime_.heap().partition_of(home);
  const std::vector<Backups::Backup> backups = backups_.of(partition);
  std::size_t left = backups.size();
  Gate done(runtime_.queue());
  for (const Backups::Backup& backup : backups) {
    if (backup.server == thread.node()) {
      --left;
      co_await runtime_.spend(thread, Category::copy, runtime_.profile().touch(length));
    } else {
      runtime_.cluster().simulation().spawn(
          mirror_to(thread.node(), backup.server, object, length, left, done));
    }
  }
  if (left > 0) {
    co_await done.wait();
    co_await Runtime::stop_if_lost(thread);
    thread.tally().charge(Category::acks, thread.now());
  }
}

Task<> Replication::mirror_to(NodeId from, NodeId backup, ObjectId object, Bytes length,
                              std::size_t& left, Gate& done) {
  Fabric::Operation write =
      runtime_.cluster().fabric().perform(post_of(from, backup, object, length, Cause::write));
  co_await write;
  ++runtime_.counters().write_backs;
  runtime_.counters().write_back_bytes += length;
  if (--left == 0) {
    done.open();
  }
}

// ---- objects that move

bool Replication::keeps(ObjectId object, ColouredAddress from) {
  if (!on() || saved_[object.index()].name.address() != from.address()) {
    return false;
  }
  Saved& saved = saved_[object.index()];
  saved.old_home = from;
  saved.sharers = std::exchange(runtime_.object(object).sharers, SharerLists::kNone);
  return true;
}

void Replication::give_up_old_home(Sender& sender, ObjectId object) {
  if (has_old_home(object)) {
    Saved& saved = saved_[object.index()];
    const ColouredAddress old = std::exchange(saved.old_home, ColouredAddress());
    memory_.give_up(sender, runtime_.size(object), old,
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
  ObjectState& state = runtime_.object(object);
  if (runtime_.mutated("drust.crash_stale_backup")) {
    saved.stamp = saved.before;
  }
  if (saved.old_home != ColouredAddress()) {
    state.sharers = std::exchange(saved.sharers, SharerLists::kNone);
    saved.old_home = ColouredAddress();
  }
  runtime_.roll_back(object, saved.stamp, lost);
  return saved.name;
}

/// Of all objects there: what the new backup has to have.
Bytes Replication::bytes_in(NodeId partition) const {
  const Heap& heap = runtime_.heap();
  Bytes sum;
  for (std::size_t i = 0; i < runtime_.objects().size(); ++i) {
    const ObjectState& object = runtime_.objects()[i];
    if (object.live && heap.partition_of(object.box.target.address()) == partition) {
      sum += heap.footprint(runtime_.size(ObjectId(i)));
    }
  }
  return sum;
}

Task<> Replication::bring_up(NodeId partition, NodeId backup) {
  const NodeId host = runtime_.heap().host_of(partition);
  const Time since = runtime_.queue().now();
  const Bytes all = bytes_in(partition);
  for (Bytes left = all; left > Bytes(0);) {
    const Bytes chunk = std::min(left, options().chunk);
    Fabric::Operation write = runtime_.cluster().fabric().perform({.from = host,
                                                                   .to = backup,
                                                                   .verb = Verb::write,
                                                                   .type = runtime_.types().back_up,
                                                                   .payload = chunk});
    co_await write;
    runtime_.counters().backup_bytes += chunk;
    left = left - chunk;
  }
  if (!backups_.is_at(partition, backup)) {
    co_return;  // it has been lost meanwhile
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

// ---- for a checker

/// Numbers of write-backs decide nothing: two of the same object are never under way.
void Replication::fingerprint(Fingerprint& into) const {
  const Heap& heap = runtime_.heap();
  for (std::size_t i = 0; i < saved_.size(); ++i) {
    if (runtime_.objects()[i].live) {
      heap.fingerprint(into, saved_[i].name);
      into.add(saved_[i].stamp);
      heap.fingerprint(into, saved_[i].old_home);
      memory_.fingerprint(into, saved_[i].sharers);
    }
  }
  for (const auto& [object, write] : under_way_) {
    into.add(object.value());
    heap.fingerprint(into, write->name);
    into.add(write->stamp);
    for (const NodeId backup : write->awaited) {
      into.add(backup.value());
    }
  }
  for (std::uint32_t partition = 0; partition < runtime_.servers(); ++partition) {
    for (const Backups::Backup& backup : backups_.of(NodeId(partition))) {
      into.add(backup.server.value() * 2 + (backup.complete ? 1 : 0));
    }
  }
}

}  // namespace dsmsim::drust
