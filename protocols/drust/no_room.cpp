#include "protocols/drust/no_room.hpp"

namespace dsmsim::drust {

/// READs or WRITEs the bytes; gives the stamp of what was seen or made. `name` is what the object
/// is called once they have been written.
Task<std::uint64_t> NoRoom::use_far(Thread& thread, Op& op, ColouredAddress name) {
  const bool write = op.kind == OpKind::write;
  ++(write ? runtime_.counters().in_place_writes : runtime_.counters().in_place_reads);
  const OneSided request{.kind = write ? MessageKind::in_place_write : MessageKind::in_place_read,
                         .object = op.object,
                         .to = heap_.host(name.address()),
                         .payload = op.length,
                         .data = runtime_.asks_for(thread, op.length),
                         .before = write ? runtime_.profile().touch(op.length) : Duration(),
                         .effect = [this, asked = &op] { return use(*asked); },
                         .content = op.token()};
  if (survival_ != nullptr) {
    co_return co_await survival_->use_far(thread, request, {name, op.length, write});
  }
  Fabric::Operation access = runtime_.request(thread, request);
  const std::uint64_t stamp = co_await access;
  co_return stamp;
}

/// At the host; for the first time, or again.
std::uint64_t NoRoom::use(const Op& op) {
  std::uint64_t& contents = objects_[op.object].stamp;
  if (op.kind == OpKind::write && !objects_.has_written(op, contents)) {
    objects_.write(op, contents);
  }
  return contents;
}

Task<std::uint64_t> NoRoom::read(Thread& thread, Op& op) {
  co_return co_await use_far(thread, op, borrows_.pointer(op.object, op.borrow).target);
}

/// First the object gets another name and then the bytes: so nobody finds a copy without them.
Task<> NoRoom::write(Thread& thread, Op& op, BorrowId borrow) {
  co_await rename(thread, op.object, borrow);
  op.result = co_await use_far(thread, op, borrows_.pointer(op.object, borrow).target);
}

/// The U bit stays 0: whoever reads through the same pointer may make a copy, and the next write
/// must change the name again.
Task<> NoRoom::rename(Thread& thread, ObjectId object, BorrowId borrow) {
  if (borrow.valid()) {
    borrows_[borrow].pointer.extension.clear_written();
  } else {
    borrows_.overwrite_owner_copy(objects_[object]);
  }
  ColouredAddress name = borrows_.pointer(object, borrow).target;
  if (name.colour() == runtime_.last_colour()) {
    name = co_await mover_.reset_colours(thread, object, name);
  } else if (!runtime_.mutated("drust.in_place_same_colour")) {
    name = name.next_colour();
  }
  borrows_.pointer(object, borrow).target = name;
}

Task<> NoRoom::access_part(Thread& thread, Op& op) {
  const bool write = op.kind == OpKind::write;
  const Reference& part = borrows_[op.borrow];
  const ColouredAddress name = part.pointer.target;
  const ColouredAddress sent = write ? name.next_colour() : name;
  const std::uint64_t stamp = co_await use_far(thread, op, sent);
  if (write) {
    op.result = stamp;
    borrows_[op.borrow].written_in_place = !runtime_.mutated("drust.in_place_part_same_colour");
  } else {
    op.result = objects_.read(op, stamp);
    co_await runtime_.spend(thread, Category::cpu, runtime_.profile().touch(op.length));
  }
}

}  // namespace dsmsim::drust
