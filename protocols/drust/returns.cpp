#include "protocols/drust/returns.hpp"

namespace dsmsim::drust {

Task<> Returns::drop_mut(Thread& thread, BorrowId borrow) {
  const ObjectId object = borrows_[borrow].object;
  ColouredAddress last = borrows_[borrow].pointer.target;
  if (runtime_.options().colouring == DrustColouring::simplified) {
    if (last.colour() != runtime_.last_colour()) {
      last = last.next_colour();
    } else {
      last = co_await move_to_end(thread, borrow);
    }
  }
  const bool elsewhere = objects_[object].owner != thread.node();
  if (survival_ != nullptr && (elsewhere || survival_->follows_every_write())) {
    co_await survival_->about_to_leave(thread, object, last);
  }
  co_await update_owner(thread, object, last);
  borrows_.end(borrow);
}

Task<> Returns::update_owner(Thread& thread, ObjectId object, ColouredAddress home) {
  const NodeId owner = objects_[object].owner;
  if (owner == thread.node()) {
    objects_[object].box.target = home;
  } else if (!runtime_.policy().awaits_owner) {
    co_await call_update(thread, object, home);
  } else {
    const auto update = [this, object, home] {
      if (!runtime_.mutated("drust.owner_update_lost")) {
        objects_[object].box.target = home;
      }
      objects_.left(object);
    };
    const OneSided request{.kind = MessageKind::owner_update,
                           .object = object,
                           .to = owner,
                           .payload = kPointer,
                           .effect = update,
                           .content = home.word()};
    if (runtime_.mutated("drust.owner_update_not_awaited")) {
      runtime_.post(thread.node(), request);
    } else {
      Fabric::Operation operation = runtime_.request(thread, request);
      const std::uint64_t done = co_await operation;
      if (done == Fabric::kFailed) [[unlikely]] {
        co_await runtime_.again(thread, request, [&] { return objects_[object].owner; });
      }
    }
    ++runtime_.counters().owner_updates;
  }
}

Task<ColouredAddress> Returns::move_to_end(Thread& thread, BorrowId borrow) {
  const ObjectId object = borrows_[borrow].object;
  const ColouredAddress from = borrows_[borrow].pointer.target;
  std::optional<Moved> moved;
  if (heap_.is_local(from.address(), thread.node())) {
    moved = co_await mover_.recolour(thread, object, from, Duration());
  } else if (!runtime_.affinity().grouped(object) && !runtime_.affinity().pinned(object)) {
    moved = co_await mover_.move(thread, object, from, Duration());
  }
  if (!moved) {
    const ColouredAddress reset = co_await mover_.reset_colours(thread, object, from);
    moved = Moved{reset, Duration()};
  }
  borrows_[borrow].pointer.target = moved->home;
  co_await runtime_.spend(thread, Category::cpu, moved->cpu);
  co_return moved->home;
}

}  // namespace dsmsim::drust
