#include "protocols/grappa/buddy.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim::grappa {

Buddy::Buddy(Bytes heap) : heap_(heap) {
  std::uint64_t offset = 0;
  while (offset < heap.count()) {
    const std::uint64_t size = std::bit_floor(heap.count() - offset);
    put_free(offset, size);
    offset += size;
  }
}

void Buddy::put_free(std::uint64_t offset, std::uint64_t size) {
  chunks_[offset] = {size, true};
  free_[size].push_back(offset);
}

void Buddy::take_free(std::uint64_t offset, std::uint64_t size) {
  const auto list = free_.find(size);
  // The newest are at the end, and those are the ones looked for.
  const auto found = std::find(list->second.rbegin(), list->second.rend(), offset);
  list->second.erase(std::next(found).base());
  if (list->second.empty()) {
    free_.erase(list);
  }
}

std::optional<std::uint64_t> Buddy::allocate(Bytes size) {
  const std::uint64_t wanted = std::bit_ceil(std::max<std::uint64_t>(size.count(), 1));
  const auto list = free_.lower_bound(wanted);
  if (list == free_.end()) {
    return std::nullopt;
  }
  std::uint64_t chunk = list->first;
  std::uint64_t offset = list->second.back();
  take_free(offset, chunk);
  while (chunk > wanted) {
    chunk /= 2;
    put_free(offset, chunk);
    offset += chunk;
  }
  chunks_[offset] = {wanted, false};
  used_ += Bytes(wanted);
  return offset;
}

void Buddy::release(std::uint64_t offset) {
  std::uint64_t size = chunks_.at(offset).size;
  used_ -= Bytes(size);
  chunks_.erase(offset);
  for (;;) {
    const std::uint64_t buddy = offset ^ size;
    const auto found = chunks_.find(buddy);
    if (found == chunks_.end() || !found->second.free || found->second.size != size) {
      break;
    }
    take_free(buddy, size);
    chunks_.erase(found);
    offset = std::min(offset, buddy);
    size *= 2;
  }
  put_free(offset, size);
}

Bytes Buddy::size_of(std::uint64_t offset) const {
  const auto found = chunks_.find(offset);
  return found == chunks_.end() || found->second.free ? Bytes(0) : Bytes(found->second.size);
}

void Buddy::fingerprint(Fingerprint& into) const {
  for (const auto& [size, offsets] : free_) {
    into.add(size);
    for (const std::uint64_t offset : offsets) {
      into.add(offset);
    }
  }
}

void Buddy::check() const {
  const auto fail = [](std::uint64_t offset, const char* what) {
    throw Error(ExitCode::incoherent,
                "grappa: the chunk at " + std::to_string(offset) + " of the heap " + what);
  };
  std::uint64_t end = 0;
  Bytes used;
  for (const auto& [offset, chunk] : chunks_) {
    if (offset != end) {
      fail(offset, "does not begin where the one before ends");
    }
    if (!std::has_single_bit(chunk.size) || offset % chunk.size != 0) {
      fail(offset, "is no power of two at a multiple of itself");
    }
    if (const auto buddy = chunks_.find(offset ^ chunk.size);
        chunk.free && buddy != chunks_.end() && buddy->second.free &&
        buddy->second.size == chunk.size) {
      fail(offset, "is free, as its buddy is");
    }
    used += chunk.free ? Bytes(0) : Bytes(chunk.size);
    end = offset + chunk.size;
  }
  if (end != heap_.count() || used != used_) {
    fail(end, "is missing, or the bytes in use are miscounted");
  }
}

}  // namespace dsmsim::grappa
