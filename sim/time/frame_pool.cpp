#include "sim/time/frame_pool.hpp"

#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define DSMSIM_PLAIN_FRAMES 1  // let the address sanitizer see every frame
#else
#define DSMSIM_PLAIN_FRAMES 0
#endif

namespace dsmsim::frame_pool {
namespace {

thread_local Lists own(64 * 1024);
thread_local Lists* current = &own;

}  // namespace

Lists::~Lists() {
  while (chunks_ != nullptr) {
    Free* const next = chunks_->next;
    ::operator delete(static_cast<void*>(chunks_));
    chunks_ = next;
  }
}

void* Lists::carve(std::size_t bytes) {
  if (cursor_ == nullptr || static_cast<std::size_t>(end_ - cursor_) < bytes) {
    auto* const chunk = static_cast<std::byte*>(::operator new(chunk_));
    auto* const link = reinterpret_cast<Free*>(chunk);
    link->next = chunks_;
    chunks_ = link;
    cursor_ = chunk + kStep;
    end_ = chunk + chunk_;
  }
  std::byte* const result = cursor_;
  cursor_ += bytes;
  return result;
}

Lists* exchange(Lists* lists) { return std::exchange(current, lists); }

void* allocate(std::size_t size) {
  const std::size_t size_class = (size + Lists::kStep - 1) / Lists::kStep;
  if (DSMSIM_PLAIN_FRAMES != 0 || size_class > Lists::kClasses) {
    return ::operator new(size);
  }
  Lists& lists = *current;
  if (Lists::Free* const frame = lists.free_[size_class]; frame != nullptr) {
    lists.free_[size_class] = frame->next;
    return frame;
  }
  return lists.carve(size_class * Lists::kStep);
}

void release(void* frame, std::size_t size) noexcept {
  const std::size_t size_class = (size + Lists::kStep - 1) / Lists::kStep;
  if (DSMSIM_PLAIN_FRAMES != 0 || size_class > Lists::kClasses) {
    ::operator delete(frame);
    return;
  }
  auto* const link = static_cast<Lists::Free*>(frame);
  link->next = current->free_[size_class];
  current->free_[size_class] = link;
}

}  // namespace dsmsim::frame_pool
