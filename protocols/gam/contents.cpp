#include "protocols/gam/contents.hpp"

#include <algorithm>
#include <vector>

namespace dsmsim::gam {
namespace {

Extent extent_of(const Access& access) {
  return {access.block.value(), Bytes(access.offset), Bytes(access.length)};
}

}  // namespace

void Contents::tell_read(const Access& access, std::uint64_t version) const {
  witness_->read(access.token, extent_of(access), version);
}

std::uint64_t Contents::tell_write(const Access& access, std::uint64_t base) const {
  if (access.atomic != nullptr) {
    return base;
  }
  witness_->wrote(access.token, extent_of(access), base);
  return access.token;
}

Outcome Contents::see_upgrading(const Access& access, const Line& line, const Access& write) const {
  if (!line.early) {
    return see(access, line.version);
  }
  if (witness_ == nullptr) {
    return {Outcome::done, (line.version + 1) | kUngranted};
  }
  tell_early_read(access, line, write);
  return {Outcome::done, write.token | kUngranted};
}

/// The awaited write stands in its own bytes of the line, what was there before in all others.
void Contents::tell_early_read(const Access& access, const Line& line, const Access& write) const {
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
    witness_->read_early(part.token, extent_of(part), write.token);
  }
  if (cut(to, end)) {
    tell_read(part, line.version);
  }
}

/// The word is computed when the write permission is there.
void Contents::apply_atomic(const Access& access) {
  Op& op = *access.atomic;
  std::uint64_t& word = words_[access.block + Bytes(access.offset)];
  op.result = dsmsim::apply_atomic(op.kind, word, op.operand(), op.expected());
}

void Contents::fingerprint(Fingerprint& into) const {
  std::vector<std::pair<GlobalAddress, std::uint64_t>> words;
  for (const auto& [address, word] : words_) {
    if (word != 0) {
      words.emplace_back(address, word);
    }
  }
  std::sort(words.begin(), words.end());
  for (const auto& [address, word] : words) {
    into.add(address, word);
  }
}

}  // namespace dsmsim::gam
