#pragma once
// What an operation is about: which bytes of which blocks, and whether it may be asked at all.

#include <algorithm>
#include <string>

#include "protocols/grappa/memory.hpp"

namespace dsmsim::grappa {

/// Part of an operation: bytes of one block.
struct Part {
  std::uint32_t block;
  Bytes offset;  ///< in the block
  Bytes length;
};

/// Of those that touch one word of eight bytes, whatever Op::length says.
constexpr bool is_eight_bytes(OpKind kind) { return is_atomic(kind) || is_word(kind); }
/// After the bytes touched, in the object; an access to none looks at one.
inline Bytes end_of(const Op& op) {
  return op.offset + (is_eight_bytes(op.kind) ? Bytes(8) : std::max(op.length, Bytes(1)));
}
/// The part in the block of `at`, a byte of the object.
inline Part part_at(const Memory& memory, const Op& op, Bytes at) {
  const std::uint32_t block = memory.block_of(at);
  const Bytes begin = memory.start_of(block);
  const Bytes end = std::min(end_of(op), memory.start_of(block + 1));
  return {block, at - begin, std::min(end - at, is_eight_bytes(op.kind) ? Bytes(8) : op.length)};
}
/// Whether that is all of the operation.
inline bool is_whole(const Memory& memory, const Op& op, const Part& part) {
  return memory.start_of(part.block) + part.offset + part.length >= end_of(op);
}

/// Throws Error if the object is not allocated, or not so large.
void check(const Memory& memory, const Op& op, Time now);
[[noreturn]] void refuse(const Op& op, Time now, const std::string& why);

}  // namespace dsmsim::grappa
