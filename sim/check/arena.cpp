#include "sim/check/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "sim/base/expects.hpp"

namespace dsmsim {
namespace {

constexpr std::size_t kStep = 16;
constexpr std::size_t kClasses = 64;  // up to 1 KiB; larger blocks are not used again
constexpr std::size_t kBlock = 128;
constexpr std::size_t kReserved = std::size_t{1} << 30;  // of addresses, not of memory
constexpr std::size_t kFrames = 4096;  // bytes that coroutine frames take at a time

struct Free {
  Free* next;
};

/// The first thing in an arena: what a snapshot has to hold beside the blocks themselves.
struct Header {
  std::size_t used = 0;
  std::array<Free*, kClasses + 1> free{};
  frame_pool::Lists* frames = nullptr;
};

constexpr std::size_t rounded(std::size_t size, std::size_t to) {
  return (size + to - 1) / to * to;
}

// What operator new and delete can reach. Constant initialisation: they are called before main().
constinit std::byte* g_begin = nullptr;
constinit thread_local bool t_in_use = false;

Header& header() { return *reinterpret_cast<Header*>(g_begin); }

bool holds(const void* block) {
  const auto distance =
      reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(g_begin);
  return distance < kReserved && g_begin != nullptr;
}

void* carve(std::size_t size, std::size_t alignment) {
  Header& h = header();
  const std::size_t begin = rounded(h.used, alignment);
  if (begin + size > kReserved) {
    throw std::bad_alloc();
  }
  h.used = begin + size;
  return g_begin + begin;
}

/// A block is preceded by its size class, as delete may not know its size; 0: never used again.
void* block_of_class(std::size_t size_class, std::size_t size, std::size_t alignment) {
  auto* const block = static_cast<std::byte*>(carve(alignment + size, alignment)) + alignment;
  std::memcpy(block - sizeof size_class, &size_class, sizeof size_class);
  return block;
}

void* allocate_in_arena(std::size_t size, std::size_t alignment) {
  const std::size_t size_class = (size + kStep - 1) / kStep;
  if (size_class > kClasses || alignment > kStep) {
    return block_of_class(0, size, std::max(alignment, kStep));
  }
  Free*& free = header().free[size_class];
  if (free != nullptr) {
    return std::exchange(free, free->next);
  }
  return block_of_class(size_class, size_class * kStep, kStep);
}

void release_in_arena(void* block) {
  std::size_t size_class = 0;
  std::memcpy(&size_class, static_cast<std::byte*>(block) - sizeof size_class, sizeof size_class);
  if (size_class != 0) {
    Free*& free = header().free[size_class];
    free = ::new (block) Free{free};
  }
}

void* allocate(std::size_t size, std::size_t alignment = kStep) {
  if (t_in_use) [[unlikely]] {
    return allocate_in_arena(size, alignment);
  }
  void* const block = alignment <= kStep ? std::malloc(std::max<std::size_t>(size, 1))
                                         : std::aligned_alloc(alignment, rounded(size, alignment));
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  return block;
}

void* allocate_or_null(std::size_t size, std::size_t alignment = kStep) noexcept {
  try {
    return allocate(size, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void release(void* block) noexcept {
  if (holds(block)) [[unlikely]] {
    release_in_arena(block);
  } else {
    std::free(block);
  }
}

}  // namespace

Arena::Arena() {
  if (g_begin != nullptr) {
    throw std::logic_error("there is one arena already");
  }
  void* const memory = ::mmap(nullptr, kReserved, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::bad_alloc();
  }
  g_begin = static_cast<std::byte*>(memory);
  ::new (g_begin) Header{.used = sizeof(Header)};
  t_in_use = true;
  header().frames = new frame_pool::Lists(kFrames);
  t_in_use = false;
}

Arena::~Arena() { ::munmap(std::exchange(g_begin, nullptr), kReserved); }

void Arena::save(Snapshot& snapshot) {
  const std::size_t used = header().used;
  if (first_.empty()) {
    first_.assign(g_begin, g_begin + rounded(used, kBlock));
    unchanged_.push_back({0, first_.size() / kBlock});
  }
  find_changes();
  const std::size_t more = used > first_.size() ? used - first_.size() : 0;
  snapshot.blocks_.resize(changed_.size() * kBlock + more);
  snapshot.changed_ = changed_.size();
  std::byte* to = snapshot.blocks_.data();
  for (const std::size_t block : changed_) {
    std::memcpy(to, g_begin + block * kBlock, kBlock);
    to += kBlock;
  }
  std::copy_n(g_begin + first_.size(), more, to);
}

void Arena::restore(const Snapshot& snapshot) {
  find_changes();
  const std::byte* from = snapshot.blocks_.data();
  for (std::size_t i = 0; i < snapshot.changed_; ++i) {
    std::memcpy(g_begin + changed_[i] * kBlock, from, kBlock);
    from += kBlock;
  }
  for (std::size_t i = snapshot.changed_; i < changed_.size(); ++i) {  // those had not changed yet
    std::memcpy(g_begin + changed_[i] * kBlock, first_.data() + changed_[i] * kBlock, kBlock);
  }
  std::copy(from, snapshot.blocks_.data() + snapshot.blocks_.size(), g_begin + first_.size());
}

void Arena::find_changes() {
  const auto differs = [this](std::size_t begin, std::size_t end) {
    return std::memcmp(g_begin + begin * kBlock, first_.data() + begin * kBlock,
                       (end - begin) * kBlock) != 0;
  };
  if (std::none_of(unchanged_.begin(), unchanged_.end(),
                   [&](const Run& run) { return differs(run.begin, run.end); })) {
    return;
  }
  for (const Run& run : std::exchange(unchanged_, {})) {
    for (std::size_t block = run.begin; block < run.end; ++block) {
      if (differs(block, block + 1)) {
        changed_.push_back(block);
      } else if (!unchanged_.empty() && unchanged_.back().end == block) {
        ++unchanged_.back().end;
      } else {
        unchanged_.push_back({block, block + 1});
      }
    }
  }
}

Arena::Use::Use(Arena& /*arena*/) : before_(frame_pool::exchange(header().frames)) {
  expects(!t_in_use, "uses of the arena are not nested");
  t_in_use = true;
}

Arena::Use::~Use() {
  t_in_use = false;
  frame_pool::exchange(before_);
}

}  // namespace dsmsim

// Every form that the standard lets a program replace, as the others might not call these.
// NOLINTBEGIN(readability-redundant-declaration)
void* operator new(std::size_t size) { return dsmsim::allocate(size); }
void* operator new[](std::size_t size) { return dsmsim::allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return dsmsim::allocate_or_null(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return dsmsim::allocate_or_null(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return dsmsim::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return dsmsim::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t& /*tag*/) noexcept {
  return dsmsim::allocate_or_null(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment,
                     const std::nothrow_t& /*tag*/) noexcept {
  return dsmsim::allocate_or_null(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { dsmsim::release(block); }
void operator delete[](void* block) noexcept { dsmsim::release(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { dsmsim::release(block); }
void operator delete[](void* block, std::size_t /*size*/) noexcept { dsmsim::release(block); }
void operator delete(void* block, const std::nothrow_t& /*tag*/) noexcept {
  dsmsim::release(block);
}
void operator delete[](void* block, const std::nothrow_t& /*tag*/) noexcept {
  dsmsim::release(block);
}
void operator delete(void* block, std::align_val_t /*alignment*/) noexcept {
  dsmsim::release(block);
}
void operator delete[](void* block, std::align_val_t /*alignment*/) noexcept {
  dsmsim::release(block);
}
void operator delete(void* block, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  dsmsim::release(block);
}
void operator delete[](void* block, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  dsmsim::release(block);
}
// NOLINTEND(readability-redundant-declaration)
