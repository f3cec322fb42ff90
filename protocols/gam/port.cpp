#include "protocols/gam/port.hpp"

#include "protocols/gam/node.hpp"

namespace dsmsim::gam {

Port::Port(System& system, NodeId id, MessageHandler& handler) : system_(system), id_(id) {
  if (system.fabric != nullptr) {
    worker_ = std::make_unique<WorkerPool>(*system.fabric, id, 1, handler);
    send_locks_.resize(system.fabric->servers());
  }
}

Post Port::make_post(NodeId to, const Message& message, Tally* tally, Step& step) {
  const MessageShape& s = row_of(message.kind);
  hold(send_locks_[to.index()], system_.post, system_.now(), step);
  return {.from = id_,
          .to = to,
          .verb = s.verb,
          .type = system_.types[message.kind],
          .payload = s.bytes == kBlock ? system_.options.block : Bytes(s.bytes),
          .after = step.spent,
          .tally = tally,
          .body = message};
}

void Port::send(NodeId to, const Message& message, Tally* tally, Step& step) {
  system_.fabric->post(make_post(to, message, tally, step));
}

Post Port::make_block_post(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                           Tally* tally, Step& step) {
  Post post = make_post(to, message, tally, step);
  post.data = {cause, system_.options.block};
  post.effect = system_.nodes[to.index()]->landing(message, version, cause);
  post.content = version;
  return post;
}

void Port::send_block(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                      Tally* tally, Step& step) {
  system_.fabric->post(make_block_post(to, message, version, cause, tally, step));
}

Task<> Port::ship_block(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                        Tally* tally, Shipped done, Step& step) {
  Post post = make_block_post(to, message, version, cause, tally, step);
  post.after = post.after - system_.post;  // Fabric::perform adds it
  return ship(post, done);
}

Task<> Port::ship(Post post, Shipped done) {
  Fabric::Operation operation = system_.fabric->perform(post);
  co_await operation;
  worker_->submit({.from = id_,
                   .to = id_,
                   .verb = post.verb,
                   .type = post.type,
                   .payload = {},
                   .tally = nullptr,
                   .body = done});
}

}  // namespace dsmsim::gam
