#include "protocols/drust/uncached.hpp"

namespace dsmsim::drust {

/// Gives the stamp that was read, or written.
std::uint64_t Uncached::use(const Op& op) {
  std::uint64_t& contents = objects_[op.object].stamp;
  return op.kind == OpKind::write ? objects_.write(op, contents) : objects_.read(op, contents);
}

/// At the host; for the first time, or again.
std::uint64_t Uncached::use_once(const Op& op) {
  const std::uint64_t contents = objects_[op.object].stamp;
  return op.kind == OpKind::write && objects_.has_written(op, contents) ? contents : use(op);
}

/// Whether a write of an object that is here goes to the backups at once: nobody says when others
/// may see what unsafe code has written. What is behind a mutex waits until it is unlocked.
bool Uncached::writes_through(const Op& op) const {
  return op.kind == OpKind::write && survival_ != nullptr &&
         (survival_->follows_every_write() || objects_[op.object].raw);
}

MessageKind Uncached::kind_of(const Op& op) const {
  if (objects_[op.object].raw) {
    return op.kind == OpKind::write ? MessageKind::unsafe_write : MessageKind::unsafe_read;
  }
  return op.kind == OpKind::write ? MessageKind::guarded_write : MessageKind::guarded_read;
}

void Uncached::count(const Op& op) {
  Counters& counters = runtime_.counters();
  if (objects_[op.object].raw) {
    ++(op.kind == OpKind::write ? counters.unsafe_writes : counters.unsafe_reads);
  } else {
    ++(op.kind == OpKind::write ? counters.guarded_writes : counters.guarded_reads);
  }
}

MaybeDuration Uncached::try_here(Thread& thread, Op& op) {
  const GlobalAddress home = objects_[op.object].box.target.address();
  if (!heap_.is_local(home, thread.node()) || writes_through(op)) {
    return std::nullopt;
  }
  op.result = use(op);
  if (objects_[op.object].tracked) {
    runtime_.use(op);
  }
  ++runtime_.counters().local;
  return runtime_.costs().check + runtime_.profile().touch(op.length);
}

Task<> Uncached::perform(Thread& thread, Op& op) {
  const ColouredAddress name = objects_[op.object].box.target;
  const bool write = op.kind == OpKind::write;
  // What is written has been made in local memory before it is sent, what is read lies there after.
  const Duration touch = runtime_.profile().touch(op.length);
  const Duration before = runtime_.costs().check + (write ? touch : Duration());
  if (write && runtime_.mutated("drust.unlocked_early")) {
    objects_[op.object].lock = 0;
  }
  const OneSided request{.kind = kind_of(op),
                         .object = op.object,
                         .to = heap_.host(name.address()),
                         .payload = op.length,
                         .data = runtime_.asks_for(thread, op.length),
                         .before = before,
                         .effect = [this, asked = &op] { return use_once(*asked); }};
  if (survival_ != nullptr) {
    op.result = co_await survival_->use_far(thread, request, {name, op.length, write});
  } else {
    Fabric::Operation operation = runtime_.request(thread, request);
    op.result = co_await operation;
  }
  count(op);
  if (!write) {
    co_await runtime_.spend(thread, Category::cpu, touch);
  }
}

}  // namespace dsmsim::drust
