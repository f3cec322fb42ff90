#include "protocols/legoos/buffer_cache.hpp"

#include <string>

#include "sim/base/error.hpp"

namespace dsmsim::legoos {
namespace {

/// 512 of 16,384, but one at least.
std::size_t hir_blocks(Bytes size) {
  return static_cast<std::size_t>(std::max<std::uint64_t>(1, size.count() / kBlock.count() / 32));
}

}  // namespace

BufferCache::BufferCache(Bytes size)
    : policy_(static_cast<std::size_t>(size.count() / kBlock.count()) - hir_blocks(size),
              hir_blocks(size)) {}

BufferCache::Block* BufferCache::find(BlockId block) {
  const auto found = blocks_.find(block);
  return found == blocks_.end() ? nullptr : &found->second;
}

const BufferCache::Block* BufferCache::find(BlockId block) const {
  const auto found = blocks_.find(block);
  return found == blocks_.end() ? nullptr : &found->second;
}

BlockId BufferCache::victim() const {
  return policy_.victim([this](BlockId block) { return !blocks_.at(block).busy; });
}

BufferCache::Block& BufferCache::admit(BlockId block) {
  policy_.admit(block);
  Block& made = blocks_[block];
  made.busy = true;
  return made;
}

void BufferCache::evict(BlockId block) {
  policy_.evict(block);
  blocks_.erase(block);
  ++counters_.evicted;
}

void BufferCache::soil(BlockId block) {
  if (!std::exchange(blocks_.at(block).dirty, true)) {
    dirty_[file_of(block)].push_back(block);
  }
}

void BufferCache::clean(BlockId block) {
  blocks_.at(block).dirty = false;
  const auto file = dirty_.find(file_of(block));
  file->second.erase(std::find(file->second.begin(), file->second.end(), block));
  if (file->second.empty()) {
    dirty_.erase(file);
  }
}

std::vector<BlockId> BufferCache::dirty_blocks(FileId file) const {
  const auto found = dirty_.find(file);
  return found == dirty_.end() ? std::vector<BlockId>() : found->second;
}

std::vector<FileId> BufferCache::dirty_files() const {
  std::vector<FileId> files;
  for (const auto& [file, blocks] : dirty_) {
    files.push_back(file);
  }
  return files;
}

void BufferCache::check() const {
  std::size_t listed = 0;
  for (const auto& [file, blocks] : dirty_) {
    listed += blocks.size();
  }
  std::size_t dirty = 0;
  for (const auto& [id, block] : blocks_) {
    const std::vector<BlockId> list = dirty_blocks(file_of(id));
    const bool found = std::find(list.begin(), list.end(), id) != list.end();
    dirty += block.dirty ? 1 : 0;
    if (found != block.dirty || !policy_.is_resident(id)) {
      throw Error(ExitCode::incoherent,
                  "legoos: block " + std::to_string(id.value()) +
                      " of the buffer cache is not in the lists that it should be in");
    }
  }
  if (listed != dirty || policy_.resident() != blocks_.size()) {
    throw Error(ExitCode::incoherent,
                "legoos: lists of the buffer cache have blocks that it has not");
  }
}

void BufferCache::fingerprint(Fingerprint& into) const {
  const auto& [policy, blocks, dirty_of, counters] = *this;
  policy.fingerprint(into);
  for (const auto& [id, block] : blocks) {
    const auto& [contents, sent, dirty, busy] = block;
    into.add(id, dirty, busy);
    add(into, contents);
    add(into, sent);
  }
  into.add(blocks.size());
  for (const auto& [file, list] : dirty_of) {
    for (const BlockId block : list) {
      into.add(block.value());
    }
  }
}

}  // namespace dsmsim::legoos
