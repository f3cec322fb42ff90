#include "protocols/drust/mover.hpp"

namespace dsmsim::drust {

Task<CopyId> Mover::copy(Thread& thread, ObjectId object, ColouredAddress key, Duration cpu) {
  const bool whole_map = runtime_.options().copy_lock == DrustCopyLock::whole_map;
  const bool alone = !whole_map && !memory_.find(thread.node(), key).valid();
  return alone ? fetch(thread, object, key, cpu) : find_or_fetch(thread, object, key, cpu);
}

/// A READ of the whole object, where it lies.
OneSided Mover::request_of(MessageKind kind, ObjectId object, ColouredAddress home,
                           const DataBytes& data, Duration before) const {
  return {.kind = kind,
          .object = object,
          .to = heap_.host(home.address()),
          .payload = objects_.size(object),
          .data = data,
          .before = before,
          .effect = [objects = &objects_, object] { return (*objects)[object].stamp; }};
}

Task<CopyId> Mover::find_or_fetch(Thread& thread, ObjectId object, ColouredAddress key,
                                  Duration cpu) {
  ServerState& here = memory_.server(thread.node());
  const bool whole_map = runtime_.options().copy_lock == DrustCopyLock::whole_map;
  if (whole_map) {
    auto turn = here.map_lock.lock();
    here.waiting.push_back(thread.id());
    co_await turn;
    std::erase(here.waiting, thread.id());
    thread.tally().charge(Category::lock_wait, thread.now());
  }
  CopyId found = memory_.find(thread.node(), key);
  while (found.valid() && here.copies[found].arrives != nullptr) {
    auto arrival = here.copies[found].arrives->wait();
    here.waiting.push_back(thread.id());
    co_await arrival;
    std::erase(here.waiting, thread.id());
    thread.tally().charge(Category::lock_wait, thread.now());
    found = memory_.find(thread.node(), key);
  }
  if (found.valid()) {
    here.copies.take(found);
    ++runtime_.counters().hits;
    co_await runtime_.spend(thread, Category::cpu, cpu + runtime_.costs().map_operation);
  } else {
    found = co_await fetch(thread, object, key, cpu);
  }
  if (whole_map) {
    here.map_lock.unlock();
  }
  co_return found;
}

/// What waits for the network is a coroutine of its own, with nothing in its frame that it does not
/// need: there may be a hundred thousand of them.
Task<CopyId> Mover::fetch(Thread& thread, ObjectId object, ColouredAddress key, Duration cpu) {
  if (runtime_.affinity().grouped(object)) {
    return fetch_group(thread, object, key, cpu);
  }
  cpu += runtime_.costs().map_operation;
  const auto local = memory_.try_reserve(thread.node(), objects_.size(object), cpu);
  return local ? fetch_to(thread, memory_.add_copy(thread.node(), object, key, *local), cpu)
               : find_no_room(thread, cpu);
}

Task<CopyId> Mover::find_no_room(Thread& thread, Duration cpu) {
  co_await runtime_.spend(thread, Category::cpu, cpu);
  co_return CopyId();
}

Task<CopyId> Mover::fetch_to(Thread& thread, CopyId copy, Duration cpu) {
  Gate arrives(runtime_.queue());
  memory_.server(thread.node()).copies[copy].arrives = &arrives;
  std::uint64_t stamp = Fabric::kFailed;
  if (source(thread, copy) != thread.node()) [[likely]] {
    Fabric::Operation read = runtime_.request(thread, request_of(thread, copy, cpu));
    stamp = co_await read;
  }
  if (stamp == Fabric::kFailed) [[unlikely]] {
    stamp = co_await fetch_again(thread, copy, cpu);
  }
  memory_.server(thread.node()).copies[copy].stamp = stamp;
  memory_.server(thread.node()).copies[copy].arrives = nullptr;
  arrives.open();
  ++runtime_.counters().copies;
  co_return copy;
}

/// The object's host is lost, or has been and is this server by now.
Task<std::uint64_t> Mover::fetch_again(Thread& thread, CopyId copy, Duration cpu) {
  const OneSided request = request_of(thread, copy, cpu);
  co_await runtime_.recovered(thread, request.to);
  co_return co_await runtime_.make(thread, request, [&] { return source(thread, copy); });
}

/// Where the bytes of a copy at the thread's server come from.
NodeId Mover::source(const Thread& thread, CopyId copy) const {
  return heap_.host(memory_.server(thread.node()).copies[copy].key.address());
}

OneSided Mover::request_of(const Thread& thread, CopyId copy, Duration before) const {
  const Copy& wanted = memory_.server(thread.node()).copies[copy];
  const DataBytes data = runtime_.asks_for(thread, objects_.size(wanted.object));
  return request_of(MessageKind::copy, wanted.object, wanted.key, data, before);
}

Task<std::optional<Moved>> Mover::move(Thread& thread, ObjectId object, ColouredAddress from,
                                       Duration cpu) {
  const Bytes size = objects_.size(object);
  const auto to = memory_.try_reserve(thread.node(), size, cpu);
  if (!to) {
    co_await runtime_.spend(thread, Category::cpu, cpu);
    co_return std::nullopt;
  }
  const OneSided request =
      request_of(MessageKind::move, object, from, runtime_.brings(thread, object, size), cpu);
  Fabric::Operation read = runtime_.request(thread, request);
  std::uint64_t stamp = co_await read;
  if (stamp == Fabric::kFailed) [[unlikely]] {
    stamp = co_await runtime_.again(thread, request, [&] { return heap_.host(from.address()); });
  }
  objects_[object].stamp = stamp;
  ++runtime_.counters().moves;
  co_return settle(thread, object, from, *to, Duration());
}

Moved Mover::promote(Thread& thread, ObjectId object, ColouredAddress from, CopyId copy,
                     Duration cpu) {
  CopyTable& copies = memory_.server(thread.node()).copies;
  const GlobalAddress to = copies[copy].local;
  objects_[object].stamp = copies[copy].stamp;
  memory_.forget_copy(thread.node(), copy);
  ++runtime_.counters().promotions;
  return settle(thread, object, from, to, cpu);
}

Task<Moved> Mover::recolour(Thread& thread, ObjectId object, ColouredAddress from, Duration cpu) {
  const Bytes size = objects_.size(object);
  const auto to = memory_.try_reserve(thread.node(), size, cpu);
  co_await runtime_.spend(thread, Category::cpu, cpu);
  if (!to) {
    const ColouredAddress reset = co_await reset_colours(thread, object, from);
    co_return Moved{reset, Duration()};
  }
  co_await runtime_.spend(thread, Category::copy, runtime_.profile().touch(size) * 2);
  ++runtime_.counters().colour_overflows;
  co_return settle(thread, object, from, *to, Duration());
}

Task<ColouredAddress> Mover::reset_colours(Thread& thread, ObjectId object, ColouredAddress home) {
  Sender sender{thread.node()};
  const std::uint64_t disposal = memory_.begin_reset(sender, object, home);
  std::uint64_t answer = Fabric::kFailed;
  while (answer == Fabric::kFailed) {  // its host is lost, and there is another one now
    const NodeId host = heap_.host(home.address());
    if (host == thread.node()) {
      const auto reset = [this, sender, disposal](std::uint64_t call) {
        Sender here = sender;
        memory_.reset(here, {call, disposal});
      };
      answer = co_await runtime_.wait_for_answer(thread, host, reset, Category::acks);
    } else {
      const ResetBody body{0, disposal};
      answer =
          co_await runtime_.call(thread, sender, host, MessageKind::reset, body, Category::acks);
    }
  }
  ++runtime_.counters().colour_resets;
  co_return ColouredAddress(home.address(), 0);
}

/// The bytes are at `to`: gives up the old home.
Moved Mover::settle(Thread& thread, ObjectId object, ColouredAddress from, GlobalAddress to,
                    Duration cpu) {
  Sender sender{thread.node(), cpu};
  if (objects_[object].guarded && !runtime_.policy().frees_left_value) {
    memory_.leak(object, from);
  } else if (!runtime_.mutated("drust.old_home_kept") &&
             (survival_ == nullptr || !survival_->keeps_old_home(object, from))) {
    memory_.give_up(sender, object, from);
  }
  return {memory_.become_home(object, to), sender.spent};
}

}  // namespace dsmsim::drust
