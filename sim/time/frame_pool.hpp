#pragma once
// Memory for coroutine frames: free lists by size class (16-byte steps up to 2 KiB, larger frames
// from the heap), one set per operating-system thread. An allocator cache and no more: it holds
// nothing of a simulation.

#include <cstddef>

namespace dsmsim::frame_pool {

void* allocate(std::size_t size);
void release(void* frame, std::size_t size) noexcept;

}  // namespace dsmsim::frame_pool
