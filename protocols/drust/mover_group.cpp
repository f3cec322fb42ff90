// Groups of objects that TBoxes keep together, on their way between servers: one READ for all
// (OSDI'24, section 4.1.3). What the paper calls a single batch is one message of all their bytes
// here.

#include <algorithm>

#include "protocols/drust/mover.hpp"

namespace dsmsim::drust {

// ---- to be read

/// As fetch(), and with the object come those of its group that are not here yet, for whoever wants
/// them next. What somebody is writing, or what there is no room for, stays behind.
Task<CopyId> Mover::fetch_group(Thread& thread, ObjectId object, ColouredAddress key,
                                Duration cpu) {
  const NodeId here = thread.node();
  const NodeId host = heap_.host(key.address());
  CopyTable& copies = memory_.server(here).copies;
  cpu += runtime_.costs().map_operation;
  Gate arrives(runtime_.queue());
  std::vector<CopyId> batch;
  Bytes payload;
  const auto add = [&](ObjectId each, ColouredAddress name) {
    const auto local = memory_.try_reserve(here, objects_.size(each), cpu);
    if (local) {
      batch.push_back(memory_.add_copy(here, each, name, *local));
      copies[batch.back()].arrives = &arrives;
      payload += objects_.size(each);
    }
    return local.has_value();
  };
  if (!add(object, key)) {
    co_await runtime_.spend(thread, Category::cpu, cpu);
    co_return CopyId();
  }
  for (const ObjectId each : runtime_.affinity().group(object)) {
    if (each != object && comes_along(each, here, host)) {
      cpu += runtime_.costs().map_operation;
      if (!runtime_.mutated("drust.companion_u_bit_kept")) {
        objects_[each].box.extension.clear_written();  // a Ref is made from the Box
      }
      if (!add(each, objects_[each].box.target)) {
        borrows_.release(each, BorrowMode::shared);
        break;
      }
    }
  }
  const auto look = [this, &copies, &batch] {
    for (const CopyId copy : batch) {
      copies[copy].stamp = objects_[copies[copy].object].stamp;
    }
  };
  Fabric::Operation read = runtime_.request(thread, {.kind = MessageKind::copy,
                                                     .object = object,
                                                     .to = host,
                                                     .payload = payload,
                                                     .data = runtime_.asks_for(thread, payload),
                                                     .before = cpu,
                                                     .effect = look});
  co_await read;
  for (const CopyId copy : batch) {
    copies[copy].arrives = nullptr;
    if (copy != batch.front()) {
      borrows_.release(copies[copy].object, BorrowMode::shared);
      copies.drop(copy);
    }
  }
  arrives.open();
  runtime_.counters().copies += batch.size();
  runtime_.counters().companions += batch.size() - 1;
  co_return batch.front();
}

/// Takes its borrow, then.
bool Mover::comes_along(ObjectId object, NodeId here, NodeId host) {
  const ColouredAddress name = objects_[object].box.target;
  return heap_.host(name.address()) == host && !memory_.find(here, name).valid() &&
         borrows_.try_acquire(object, BorrowMode::shared);
}

// ---- to be written

Task<std::optional<Duration>> Mover::move_group(Thread& thread, std::vector<Passenger>& group,
                                                UnusedCopies unused, Duration cpu) {
  const NodeId here = thread.node();
  CopyTable& copies = memory_.server(here).copies;
  if (!reserve_for(here, group, unused, cpu)) {
    co_await runtime_.spend(thread, Category::cpu, cpu);
    co_return std::nullopt;
  }
  Bytes payload;
  for (const Passenger& each : group) {
    payload += each.copy.valid() ? Bytes() : objects_.size(each.object);
  }
  if (payload > Bytes()) {
    const auto look = [this, &group] {
      for (Passenger& each : group) {
        each.stamp = objects_[each.object].stamp;
      }
    };
    Fabric::Operation read =
        runtime_.request(thread, {.kind = MessageKind::move,
                                  .object = group.front().object,
                                  .to = heap_.host(group.front().from.address()),
                                  .payload = payload,
                                  .data = data_of(thread, group, payload),
                                  .before = cpu,
                                  .effect = look});
    co_await read;
    cpu = Duration();
  }
  std::vector<Given> left;
  for (Passenger& each : group) {
    if (each.copy.valid()) {
      each.stamp = copies[each.copy].stamp;
      copies.drop(each.copy);
      memory_.forget_copy(here, each.copy);
      ++runtime_.counters().promotions;
    } else {
      ++runtime_.counters().moves;
    }
    objects_[each.object].stamp = each.stamp;
    left.push_back({each.object, each.from});
  }
  runtime_.counters().companions += group.size() - 1;
  Sender sender{here, cpu};
  memory_.give_up(sender, left);
  for (Passenger& each : group) {
    each.home = memory_.become_home(each.object, each.to);
  }
  co_return sender.spent;
}

/// The object that the operation wants brings the others; if that is here already, as a copy, the
/// first that is not.
DataBytes Mover::data_of(const Thread& thread, const std::vector<Passenger>& group, Bytes payload) {
  ObjectId brought;
  for (const Passenger& each : group) {
    const bool wanted = each.object == thread.waiting_in()->object;
    if (!each.copy.valid() && (wanted || !brought.valid())) {
      brought = each.object;
    }
  }
  return runtime_.brings(thread, brought, payload);
}

/// Room for all, or for none. A copy that nobody uses is room, and its bytes are here already.
bool Mover::reserve_for(NodeId here, std::vector<Passenger>& group, UnusedCopies unused,
                        Duration& cpu) {
  CopyTable& copies = memory_.server(here).copies;
  for (Passenger& each : group) {
    const CopyId copy = unused == UnusedCopies::promoted ? memory_.find(here, each.from) : CopyId();
    if (copy.valid() && copies[copy].count == 0) {
      copies.take(copy);  // or making room for the others would evict it
      each.copy = copy;
      each.to = copies[copy].local;
    }
  }
  const bool room = std::all_of(group.begin(), group.end(), [&](Passenger& each) {
    if (!each.copy.valid()) {
      each.to = memory_.try_reserve(here, objects_.size(each.object), cpu).value_or(each.to);
    }
    return each.to != GlobalAddress();
  });
  if (room) {
    return true;
  }
  for (Passenger& each : group) {
    if (each.copy.valid()) {
      copies.drop(each.copy);
    } else if (each.to != GlobalAddress()) {
      heap_.release(each.to, objects_.size(each.object));
    }
  }
  return false;
}

}  // namespace dsmsim::drust
