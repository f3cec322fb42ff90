#pragma once
// What a part of a file contains, as the buffer cache and the storage server keep it: blocks of 64
// pages (managers/memory/pgcache: pgcache.h:30), and of each page the name of its contents
// (sim/dsm/contract/witness.hpp), zero if nobody has written there.

#include <algorithm>
#include <array>
#include <utility>

#include "protocols/legoos/lirs.hpp"
#include "sim/base/units.hpp"
#include "sim/dsm/contract/witness.hpp"

namespace dsmsim::legoos {

inline constexpr Bytes kFilePage(4096);
inline constexpr std::uint64_t kPagesOfBlock = 64;
inline constexpr Bytes kBlock = kFilePage * kPagesOfBlock;
inline constexpr std::uint32_t kMostFiles = 1U << 20;
inline constexpr Bytes kEndOfFiles = kBlock * (std::uint64_t{1} << 32);

using FileBlock = std::array<std::uint64_t, kPagesOfBlock>;
inline void add(Fingerprint& into, const FileBlock& block) {
  for (const std::uint64_t page : block) {
    into.add(page);
  }
}

inline BlockId block_of(FileId file, Bytes offset) {
  return BlockId((std::uint64_t{file.value()} << 32) | (offset.count() / kBlock.count()));
}
inline FileId file_of(BlockId block) {
  return FileId(static_cast<std::uint32_t>(block.value() >> 32));
}
inline Bytes start_of(BlockId block) {
  return kBlock * (block.value() & ((std::uint64_t{1} << 32) - 1));
}

/// Bytes within one block.
struct BlockPart {
  BlockId block;
  Bytes offset;
  Bytes length;
};
/// The first part of these bytes of a file.
inline BlockPart first_part(FileId file, Bytes offset, Bytes length) {
  const Bytes within(offset.count() % kBlock.count());
  return {block_of(file, offset), within, std::min(length, kBlock - within)};
}

/// A program's read or write takes effect on the block: calls the witness, if there is one, page by
/// page. `name`: of the operation. Gives the name of what the last page contains then.
inline std::uint64_t access(FileBlock& contents, const BlockPart& part, bool writes,
                            std::uint64_t name, Witness* witness) {
  std::uint64_t last = 0;
  const Bytes end = part.offset + part.length;
  for (Bytes at = part.offset; at < end;) {
    const std::uint64_t page = at.count() / kFilePage.count();
    const Bytes until = std::min(end, kFilePage * (page + 1));
    // Pages of memory have small numbers.
    const std::uint64_t unit =
        (std::uint64_t{1} << 63) | (part.block.value() * kPagesOfBlock + page);
    const Extent extent{unit, at - kFilePage * page, until - at};
    if (writes) {
      const std::uint64_t base = std::exchange(contents[page], name);
      if (witness != nullptr) {
        witness->wrote(name, extent, base);
      }
    } else if (witness != nullptr) {
      witness->read(name, extent, contents[page]);
    }
    last = contents[page];
    at = until;
  }
  return last;
}

}  // namespace dsmsim::legoos
