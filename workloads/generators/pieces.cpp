#include "workloads/generators/pieces.hpp"

#include "workloads/generators/drivers.hpp"

namespace dsmsim {
namespace {

struct Stretch {
  OpKind kind;
  ObjectId object;
  Bytes begin;
  Bytes end;
};

Task<> access_all(Thread& thread, Stretch range, Bytes size) {
  for (Bytes at = range.begin; at < range.end; at += size) {
    const Bytes length = std::min(size, range.end - at);
    co_await thread.execute(Op::on(range.kind, range.object, at, length));
  }
}

/// The pieces go to the threads in rows: each has neighbours.
Task<> access_share(Thread& thread, Stretch range, Pieces pieces, std::size_t index) {
  const std::uint64_t all = (range.end - range.begin).count();
  const std::uint64_t count = (all + pieces.size.count() - 1) / pieces.size.count();
  const Bytes begin = range.begin + pieces.size * (count * index / pieces.threads);
  const Bytes end = range.begin + pieces.size * (count * (index + 1) / pieces.threads);
  return access_all(thread, {range.kind, range.object, begin, std::min(end, range.end)},
                    pieces.size);
}

Task<> access(Thread& thread, Stretch range, Pieces pieces) {
  const Bytes length = range.end - range.begin;
  if (length == Bytes(0)) {
    co_return;
  }
  if (pieces.size == Bytes(0) || pieces.size >= length) {
    co_await access_all(thread, range, length);
    co_return;
  }
  if (pieces.threads == 1) {
    co_await access_all(thread, range, pieces.size);
    co_return;
  }
  const NodeId here = thread.node();
  Task<> run = run_on_servers(
      thread, pieces.threads, [here](std::size_t) { return here; },
      [range, pieces](Thread& t, std::size_t i) { return access_share(t, range, pieces, i); });
  co_await run;
}

Stretch range_of(Thread& thread, OpKind kind, ObjectId object, Bytes offset, Bytes length) {
  const Bytes size = thread.world().objects().size(object);
  return {kind, object, std::min(offset, size), std::min(offset + length, size)};
}

}  // namespace

Task<> read_in_pieces(Thread& thread, ObjectId object, Bytes offset, Bytes length, Pieces pieces) {
  return access(thread, range_of(thread, OpKind::read, object, offset, length), pieces);
}

Task<> write_in_pieces(Thread& thread, ObjectId object, Bytes offset, Bytes length, Pieces pieces) {
  return access(thread, range_of(thread, OpKind::write, object, offset, length), pieces);
}

}  // namespace dsmsim
