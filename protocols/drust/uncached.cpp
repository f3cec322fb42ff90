#include "protocols/drust/uncached.hpp"

namespace dsmsim::drust {

/// Gives the stamp that was read, or written.
std::uint64_t Uncached::use(const Op& op) {
  std::uint64_t& contents = runtime_.object(op.object).stamp;
  return op.kind == OpKind::write ? runtime_.write(op, contents) : runtime_.read(op, contents);
}

MessageTypeId Uncached::type_of(const Op& op) const {
  const MessageTypes& types = runtime_.types();
  if (runtime_.object(op.object).raw) {
    return op.kind == OpKind::write ? types.unsafe_write : types.unsafe_read;
  }
  return op.kind == OpKind::write ? types.guarded_write : types.guarded_read;
}

void Uncached::count(const Op& op) {
  Counters& counters = runtime_.counters();
  if (runtime_.object(op.object).raw) {
    ++(op.kind == OpKind::write ? counters.unsafe_writes : counters.unsafe_reads);
  } else {
    ++(op.kind == OpKind::write ? counters.guarded_writes : counters.guarded_reads);
  }
}

MaybeDuration Uncached::try_here(Thread& thread, Op& op) {
  const GlobalAddress home = runtime_.object(op.object).box.target.address();
  if (!runtime_.heap().is_local(home, thread.node())) {
    return std::nullopt;
  }
  op.result = use(op);
  ++runtime_.counters().local;
  return runtime_.costs().check + runtime_.profile().touch(op.length);
}

Task<> Uncached::perform(Thread& thread, Op& op) {
  const NodeId host = runtime_.heap().host(runtime_.object(op.object).box.target.address());
  const bool write = op.kind == OpKind::write;
  // What is written has been made in local memory before it is sent, what is read lies there after.
  const Duration touch = runtime_.profile().touch(op.length);
  const Duration before = runtime_.costs().check + (write ? touch : Duration());
  if (write && runtime_.mutated("drust.unlocked_early")) {
    runtime_.object(op.object).lock = 0;
  }
  Fabric::Operation operation =
      runtime_.request(thread, {.type = type_of(op),
                                .object = op.object,
                                .to = host,
                                .payload = op.length,
                                .before = before,
                                .effect = [this, asked = &op] { return use(*asked); }});
  op.result = co_await operation;
  count(op);
  if (!write) {
    co_await runtime_.spend(thread, Category::cpu, touch);
  }
}

}  // namespace dsmsim::drust
