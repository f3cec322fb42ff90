// What a witness is told (sim/dsm/contract/witness.hpp). A block's version is then the token of the
// write that made its contents, instead of a count of writes.
//
// The words of atomic operations are kept beside the blocks' contents (System::words), so an atomic
// operation changes neither contents nor their name.

#include <algorithm>

#include "protocols/gam/node.hpp"

namespace dsmsim::gam {
namespace {

Extent extent_of(const Access& access) {
  return {access.block.value(), Bytes(access.offset), Bytes(access.length)};
}

}  // namespace

void Node::tell_read(const Access& access, std::uint64_t version) const {
  system_.witness->read(access.token, extent_of(access), version);
}

std::uint64_t Node::tell_write(const Access& access, std::uint64_t base) const {
  if (access.atomic != nullptr) {
    return base;
  }
  system_.witness->wrote(access.token, extent_of(access), base);
  return access.token;
}

/// A holder of a lock reads a line whose write permission is still awaited.
Outcome Node::see_upgrading(const Access& access, const Line& line) const {
  if (!line.early) {
    return see(access, line.version);
  }
  if (system_.witness == nullptr) {
    return {Outcome::done, (line.version + 1) | kUngranted};
  }
  tell_early_read(access, line);
  return {Outcome::done, transactions_[line.transaction].access.token | kUngranted};
}

/// The awaited write stands in its own bytes of the line, what was there before in all others.
void Node::tell_early_read(const Access& access, const Line& line) const {
  const Access& write = transactions_[line.transaction].access;
  const std::uint32_t begin = access.offset;
  const std::uint32_t end = begin + access.length;
  const std::uint32_t from = std::clamp(write.offset, begin, end);
  const std::uint32_t to = std::clamp(write.offset + write.length, from, end);
  Access part = access;
  const auto cut = [&part](std::uint32_t first, std::uint32_t last) {
    part.offset = first;
    part.length = last - first;
    return first < last;
  };
  if (cut(begin, from)) {
    tell_read(part, line.version);
  }
  if (cut(from, to)) {
    system_.witness->read_early(part.token, extent_of(part), write.token);
  }
  if (cut(to, end)) {
    tell_read(part, line.version);
  }
}

}  // namespace dsmsim::gam
