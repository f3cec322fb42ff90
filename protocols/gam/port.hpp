#pragma once
// One server's way to the others: posts its messages, and has the worker that works on those which
// come.
//
// Messages to one server leave in the order of posting, whichever thread posts them: they take
// turns at the queue pair's send lock, and spin for it. Posting is charged to the step.

#include <memory>
#include <vector>

#include "protocols/gam/step.hpp"
#include "protocols/gam/system.hpp"
#include "sim/dsm/kit/worker_pool.hpp"

namespace dsmsim::gam {

class Port {
 public:
  Port(System& system, NodeId id, MessageHandler& handler);

  void send(NodeId to, const Message& message, Tally* tally, Step& step);
  /// A message that carries the contents of a block, straight to where they belong.
  void send_block(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                  Tally* tally, Step& step);
  /// The same, when the task is started; its worker is given `done` when the block has left.
  Task<> ship_block(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                    Tally* tally, Shipped done, Step& step);

  /// Null in a cluster of one.
  const WorkerPool* worker() const { return worker_.get(); }

 private:
  Post make_post(NodeId to, const Message& message, Tally* tally, Step& step);
  Post make_block_post(NodeId to, const Message& message, std::uint64_t version, Cause cause,
                       Tally* tally, Step& step);
  Task<> ship(Post post, Shipped done);

  System& system_;
  NodeId id_;
  std::unique_ptr<WorkerPool> worker_;
  std::vector<FifoServer> send_locks_;  // of the queue pairs, by peer
};

}  // namespace dsmsim::gam
