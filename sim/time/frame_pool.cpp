#include "sim/time/frame_pool.hpp"

#include <array>
#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define DSMSIM_PLAIN_FRAMES 1  // let the address sanitizer see every frame
#else
#define DSMSIM_PLAIN_FRAMES 0
#endif

namespace dsmsim::frame_pool {
namespace {

constexpr std::size_t kStep = 16;
constexpr std::size_t kClasses = 128;
constexpr std::size_t kChunk = 64 * 1024;

struct Free {
  Free* next;
};

struct Pool {
  std::array<Free*, kClasses + 1> free{};
  Free* chunks = nullptr;  // every chunk starts with a link, so that they can be returned
  std::byte* cursor = nullptr;
  std::byte* end = nullptr;

  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    while (chunks != nullptr) {
      Free* const next = chunks->next;
      ::operator delete(static_cast<void*>(chunks));
      chunks = next;
    }
  }

  void* carve(std::size_t bytes) {
    if (cursor == nullptr || static_cast<std::size_t>(end - cursor) < bytes) {
      auto* const chunk = static_cast<std::byte*>(::operator new(kChunk));
      auto* const link = reinterpret_cast<Free*>(chunk);
      link->next = chunks;
      chunks = link;
      cursor = chunk + kStep;
      end = chunk + kChunk;
    }
    std::byte* const result = cursor;
    cursor += bytes;
    return result;
  }
};

thread_local Pool pool;

}  // namespace

void* allocate(std::size_t size) {
  const std::size_t size_class = (size + kStep - 1) / kStep;
  if (DSMSIM_PLAIN_FRAMES != 0 || size_class > kClasses) {
    return ::operator new(size);
  }
  if (Free* const frame = pool.free[size_class]; frame != nullptr) {
    pool.free[size_class] = frame->next;
    return frame;
  }
  return pool.carve(size_class * kStep);
}

void release(void* frame, std::size_t size) noexcept {
  const std::size_t size_class = (size + kStep - 1) / kStep;
  if (DSMSIM_PLAIN_FRAMES != 0 || size_class > kClasses) {
    ::operator delete(frame);
    return;
  }
  auto* const link = static_cast<Free*>(frame);
  link->next = pool.free[size_class];
  pool.free[size_class] = link;
}

}  // namespace dsmsim::frame_pool
