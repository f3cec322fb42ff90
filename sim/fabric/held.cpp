// Messages that wait to be told when to arrive and when to complete, instead of going through the
// pipeline.

#include "sim/fabric/work_request.hpp"

namespace dsmsim {

const Fabric::QueuePair* Fabric::find_queue_pair(NodeId from, NodeId to, std::uint32_t lane) const {
  const Nic& nic = nics_[from.index()];
  return nic.peers.empty() ? nullptr : nic.peers[to.index() * options_.lanes + lane];
}

void Fabric::list_steps(std::vector<HeldStep>& steps) const {
  const auto servers = static_cast<std::uint32_t>(nics_.size());
  for (std::uint32_t from = 0; from < servers; ++from) {
    for (std::uint32_t peer = 0; peer < nics_[from].peers.size(); ++peer) {
      const QueuePair* const pair = nics_[from].peers[peer];
      const HeldStep step{NodeId(from), NodeId(peer / options_.lanes), peer % options_.lanes};
      if (pair != nullptr && !pair->arriving.empty()) {
        steps.push_back(step);
      }
      if (pair != nullptr && !pair->completing.empty()) {
        steps.push_back({step.from, step.to, step.lane, true});
      }
    }
  }
}

void Fabric::visit_held(void (*visit)(void*, const HeldStep&, const Post&, std::uint64_t),
                        void* context) const {
  const auto servers = static_cast<std::uint32_t>(nics_.size());
  for (std::uint32_t from = 0; from < servers; ++from) {
    for (std::uint32_t peer = 0; peer < nics_[from].peers.size(); ++peer) {
      const QueuePair* const pair = nics_[from].peers[peer];
      if (pair == nullptr) {
        continue;
      }
      HeldStep step{NodeId(from), NodeId(peer / options_.lanes), peer % options_.lanes};
      pair->arriving.for_each(
          [&](const WorkRequest& request) { visit(context, step, request.post, 0); });
      step.completion = true;
      pair->completing.for_each(
          [&](const WorkRequest& request) { visit(context, step, request.post, request.result); });
    }
  }
}

const Post& Fabric::post_of(const HeldStep& step) const {
  const QueuePair& pair = *find_queue_pair(step.from, step.to, step.lane);
  return (step.completion ? pair.completing : pair.arriving).front().post;
}

/// What has not arrived is lost, answers too; who has sent it something will see that fail.
void Fabric::crash_held(NodeId server) {
  for (Nic& nic : nics_) {
    for (std::size_t peer = 0; peer < nic.peers.size(); ++peer) {
      const bool from = &nic == &nics_[server.index()];
      const bool to = peer / options_.lanes == server.index();
      if (nic.peers[peer] == nullptr || !(from || to)) {
        continue;
      }
      QueuePair& pair = *nic.peers[peer];
      WorkRequest::Queue unanswered;
      for (WorkRequest::Queue* queue : {&pair.completing, &pair.arriving}) {  // as they were posted
        while (!queue->empty()) {
          WorkRequest& request = queue->pop();
          from ? give_back(request) : unanswered.push(request);
        }
      }
      pair.arriving = unanswered;
    }
  }
}

void Fabric::take(const HeldStep& step) {
  QueuePair& pair = queue_pair(step.from, step.to, step.lane);
  if (step.completion) {
    WorkRequest& request = pair.completing.pop();
    Operation& waiter = *request.waiter;
    waiter.result_ = request.result;
    give_back(request);
    waiter.handle_.resume();
    return;
  }
  WorkRequest& request = pair.arriving.pop();
  if (has_crashed(step.to)) {
    fail(request);
    return;
  }
  request.result = request.post.effect();
  const bool two_sided = is_two_sided(request.post.verb);
  if (request.waiter != nullptr) {
    pair.completing.push(request);
  } else if (!two_sided) {
    give_back(request);
  }
  if (two_sided) {
    hand_over(request);
  }
}

}  // namespace dsmsim
