// Remote objects that there is no room for in this server's partition. The paper does not say what
// becomes of their readers and writers; here they use the bytes asked for where these lie, as
// Appendix D.1 does with a borrowed part (OSDI'24; README.md, deviation 9).

#include "protocols/drust/engine.hpp"

namespace dsmsim {

/// READs or WRITEs the bytes; gives the stamp of what was seen or made.
Fabric::Operation DrustEngine::in_place(Thread& thread, Op& op, NodeId host) {
  const drust::MessageTypes& types = runtime_.types();
  const bool write = op.kind == OpKind::write;
  ++(write ? runtime_.counters().in_place_writes : runtime_.counters().in_place_reads);
  const auto use = [runtime = &runtime_, asked = &op] {
    std::uint64_t& contents = runtime->object(asked->object).stamp;
    return asked->kind == OpKind::write ? runtime->write(*asked, contents) : contents;
  };
  return runtime_.request(thread,
                          {.type = write ? types.in_place_write : types.in_place_read,
                           .object = op.object,
                           .to = host,
                           .payload = op.length,
                           .before = write ? runtime_.profile().touch(op.length) : Duration(),
                           .effect = use,
                           .content = op.operand});
}

Task<std::uint64_t> DrustEngine::read_in_place(Thread& thread, Op& op) {
  const drust::GlobalAddress at = pointer(op.object, op.borrow).target.address();
  Fabric::Operation read = in_place(thread, op, runtime_.heap().host(at));
  const std::uint64_t stamp = co_await read;
  co_return stamp;
}

/// First the object gets another name and then the bytes: so nobody finds a copy without them.
/// `borrow` is a MutRef, whose Box hears of the name when it is dropped; invalid: the Box itself.
Task<> DrustEngine::write_in_place(Thread& thread, Op& op, BorrowId borrow) {
  co_await rename_in_place(thread, op.object, borrow);
  const drust::GlobalAddress at = pointer(op.object, borrow).target.address();
  Fabric::Operation write = in_place(thread, op, runtime_.heap().host(at));
  op.result = co_await write;
}

/// The U bit stays 0: whoever reads through the same pointer may make a copy, and the next write
/// must change the name again.
Task<> DrustEngine::rename_in_place(Thread& thread, ObjectId object, BorrowId borrow) {
  if (borrow.valid()) {
    references_[borrow].pointer.extension.clear_written();
  } else {
    overwrite_owner_copy(runtime_.object(object));
  }
  drust::ColouredAddress name = pointer(object, borrow).target;
  if (name.colour() == runtime_.last_colour()) {
    name = co_await mover_.reset_colours(thread, object, name);
  } else if (!runtime_.mutated("drust.in_place_same_colour")) {
    name = name.next_colour();
  }
  pointer(object, borrow).target = name;
}

/// The Box's colour changes when the reference to the part is dropped.
Task<> DrustEngine::access_part_in_place(Thread& thread, Op& op) {
  const bool write = op.kind == OpKind::write;
  const Reference& part = references_[op.borrow];
  Fabric::Operation access =
      in_place(thread, op, runtime_.heap().host(part.pointer.target.address()));
  const std::uint64_t stamp = co_await access;
  if (write) {
    op.result = stamp;
    references_[op.borrow].written_in_place = !runtime_.mutated("drust.in_place_part_same_colour");
  } else {
    op.result = runtime_.read(op, stamp);
    co_await runtime_.spend(thread, Category::cpu, runtime_.profile().touch(op.length));
  }
}

}  // namespace dsmsim
