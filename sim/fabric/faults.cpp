// What the fabric does about what is broken.

#include "sim/fabric/faults.hpp"

#include <stdexcept>

#include "sim/fabric/work_request.hpp"

namespace dsmsim {

void Fabric::crash(NodeId server) {
  if (faults_ == nullptr) {
    faults_ = std::make_unique<Faults>(servers());
  }
  faults_->crash(server);
  if (holds_messages_) {
    crash_held(server);
  }
}

/// The error completion. Nobody hears of a datagram's.
void Fabric::fail(WorkRequest& request) {
  const Post post = request.post;
  Operation* const waiter = request.waiter;
  give_back(request);
  if (post.verb != Verb::send_ud) {
    if (failures_ == nullptr) {
      throw std::logic_error("a request has failed and nobody listens");
    }
    failures_->request_failed(post);
  }
  if (waiter != nullptr) {
    waiter->result_ = kFailed;
    waiter->handle_.resume();
  }
}

}  // namespace dsmsim
