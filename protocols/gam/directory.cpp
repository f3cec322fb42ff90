#include "protocols/gam/directory.hpp"

#include <algorithm>

namespace dsmsim::gam {

bool DirectoryEntry::shared_by(NodeId server) const {
  return std::any_of(sharers.begin(), sharers.end(),
                     [&](const Sharer& s) { return s.server == server; });
}

void DirectoryEntry::remove(NodeId server) {
  const auto found = std::find_if(sharers.begin(), sharers.end(),
                                  [&](const Sharer& s) { return s.server == server; });
  if (found != sharers.end()) {
    sharers.erase(found);
  }
}

bool DirectoryEntry::clear(Sharer sharer) {
  const auto found = std::find(sharers.begin(), sharers.end(), sharer);
  if (found == sharers.end()) {
    return false;
  }
  sharers.erase(found);
  return true;
}

DirectoryEntry& Directory::find_or_make(GlobalAddress block) {
  const auto [found, made] = entries_.try_emplace(block, nullptr);
  if (made) {
    const std::uint32_t slot = pool_.take();
    DirectoryEntry& entry = pool_[slot];
    entry.slot = slot;
    entry.block = block;
    entry.state = DirectoryState::unshared;
    entry.data.forget();
    found.value() = &entry;
  }
  return *found.value();
}

void Directory::drop_if_idle(DirectoryEntry& entry) {
  if (entry.state == DirectoryState::unshared && entry.locks.empty()) {
    entries_.erase(entry.block);
    entry.sharers.clear();
    pool_.give_back(entry.slot);
  }
}

std::uint64_t HomeMemory::version(GlobalAddress block) const {
  const std::size_t index = block.offset().count() / block_size_.count();
  const std::size_t chunk = index / kChunk;
  return chunk < chunks_.size() && index % kChunk < chunks_[chunk].end
             ? chunks_[chunk].versions[index % kChunk]
             : 0;
}

void HomeMemory::store(GlobalAddress block, std::uint64_t version) {
  const std::size_t index = block.offset().count() / block_size_.count();
  const std::size_t chunk = index / kChunk;
  if (chunk >= chunks_.size()) {
    chunks_.resize(chunk + 1);
  }
  Chunk& c = chunks_[chunk];
  if (c.versions == nullptr) {
    c.versions = std::make_unique<std::uint64_t[]>(kChunk);
  }
  c.versions[index % kChunk] = version;
  c.end = std::max(c.end, index % kChunk + 1);
}

}  // namespace dsmsim::gam
