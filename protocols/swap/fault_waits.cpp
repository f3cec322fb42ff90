#include "protocols/swap/fault_waits.hpp"

namespace dsmsim::swap {

FaultWaits::What& FaultWaits::what(const Thread& thread) {
  if (thread.id().index() >= what_.size()) {
    what_.resize(thread.id().index() + 1);
  }
  return what_[thread.id().index()];
}

template <class Awaitable>
Task<> FaultWaits::wait(Thread& thread, What what, Awaitable awaitable) {
  this->what(thread) = what;
  co_await awaitable;
  this->what(thread) = What::nothing;
  thread.tally().charge(Category::fault, queue_.now());
}

Task<> FaultWaits::for_page(Thread& thread, paging::PageNumber page) {
  std::unique_ptr<Gate>& gate = pages_[page];
  if (!gate) {
    gate = std::make_unique<Gate>(queue_);
  }
  return wait(thread, What::page, gate->wait());
}

void FaultWaits::arrived(paging::PageNumber page) {
  if (const auto awaited = pages_.find(page); awaited != pages_.end()) {
    awaited->second->open();
    pages_.erase(awaited);
  }
}

Task<> FaultWaits::for_turn(Thread& thread) {
  frame_queue_.push_back(thread.id());
  return wait(thread, What::turn, frame_turn_.lock());
}

void FaultWaits::end_turn(const Thread& thread) {
  std::erase(frame_queue_, thread.id());
  frame_turn_.unlock();
}

Task<> FaultWaits::for_frame(Thread& thread) {
  return wait(thread, What::frame, try_again_.wait());
}

/// Whose turn it is is the first of the queue; which page is awaited is known from the thread.
void FaultWaits::fingerprint(Fingerprint& into) const {
  const auto& [queue, frame_turn, frame_queue, try_again, pages, what] = *this;
  for (const What one : what) {
    into.add(static_cast<std::uint64_t>(one));
  }
  for (const ThreadId thread : frame_queue) {
    into.add(thread.value());
  }
  into.add(frame_queue.size());
  into.add(!frame_queue.empty() && try_again.is_open() ? 1 : 0);
}

}  // namespace dsmsim::swap
