#pragma once
// Memory for coroutine frames: free lists by size class (16-byte steps up to 2 KiB, larger frames
// from the heap), one set per operating-system thread. An allocator cache and no more: it holds
// nothing of a simulation.

#include <array>
#include <cstddef>

namespace dsmsim::frame_pool {

void* allocate(std::size_t size);
void release(void* frame, std::size_t size) noexcept;

/// A set of free lists; its frames live as long as it does.
class Lists {
 public:
  /// Takes memory from the heap in pieces of `chunk` bytes, at least 4 KiB.
  explicit Lists(std::size_t chunk) : chunk_(chunk) {}
  ~Lists();
  Lists(const Lists&) = delete;
  Lists& operator=(const Lists&) = delete;

 private:
  friend void* allocate(std::size_t size);
  friend void release(void* frame, std::size_t size) noexcept;
  struct Free {
    Free* next;
  };
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kClasses = 128;

  void* carve(std::size_t bytes);

  std::array<Free*, kClasses + 1> free_{};
  Free* chunks_ = nullptr;  // every chunk starts with a link, so that they can be returned
  std::byte* cursor_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t chunk_;
};

/// What the calling thread takes frames from, from here on; gives what it took them from before.
/// A frame must be released to the lists that it came from.
Lists* exchange(Lists* lists);

}  // namespace dsmsim::frame_pool
