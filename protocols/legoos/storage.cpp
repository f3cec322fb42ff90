#include "protocols/legoos/storage.hpp"

#include "protocols/legoos/memory.hpp"
#include "sim/dsm/contract/witness.hpp"

namespace dsmsim::legoos {

Storage::Storage(Stations& stations, const MemoryServers& senders)
    : system_(stations.system()),
      senders_(senders),
      station_(stations, stations.servers().storage(), static_cast<Service*>(this), 1,
               Party::storage) {}

Task<> Storage::serve(Worker& worker) {
  const MessageKind kind = worker.job.message.kind;
  return kind == MessageKind::store_read || kind == MessageKind::store_write ? serve_file(worker)
                                                                             : serve_log(worker);
}

Task<> Storage::serve_log(Worker& worker) {
  const Message message = worker.job.message;
  const LegoosCosts& costs = system_.options.costs;
  const auto pages = static_cast<std::int64_t>(message.contents);
  co_await system_.queue().delay(costs.storage + costs.store * pages);
  charge(worker.job.tally, Category::handler, system_.now());
  if (message.kind == MessageKind::log_flush) {
    const ReplicaLog& log = senders_[worker.job.from.index()]->log();
    for (std::uint64_t i = 0; i < message.contents; ++i) {
      file_[log.entries()[i].page] = log.entries()[i].contents;
    }
    entries_ += message.contents;
    co_await station_.reply(worker, {.kind = MessageKind::log_flush_reply});
  } else if (message.kind == MessageKind::replay) {
    co_await station_.reply(worker,
                            {.kind = MessageKind::replay_reply, .contents = message.contents},
                            Bytes(kLogEntry * message.contents));
  } else {
    co_await station_.reply(worker, {.kind = MessageKind::vma_log_reply});
  }
}

// ---- files of programs

FileBlock Storage::block(BlockId block) const {
  const auto found = blocks_.find(block);
  return found == blocks_.end() ? FileBlock() : found->second;
}

/// A buffer cache writes a block as it has been sent, and takes one when it has the answer.
Task<> Storage::serve_file(Worker& worker) {
  const Message request = worker.job.message;
  const LegoosDevice& device = system_.options.files->device;
  const bool writes = request.kind == MessageKind::store_write;
  const BufferCache* const cache = senders_[worker.job.from.index()]->cache();
  if (cache != nullptr && writes) {
    const BlockId block = block_of(request.file, request.address);
    blocks_[block] = cache->find(block)->sent;
  }
  const Duration device_time = writes ? device.write : device.read;
  co_await system_.queue().delay(system_.options.costs.storage + device_time +
                                 request.length / device.bandwidth);
  charge(worker.job.tally, Category::handler, system_.now());
  ++(writes ? counters_.writes : counters_.reads);
  counters_.bytes += request.length;
  const bool direct = cache == nullptr && request.file.valid();
  const std::uint64_t found = direct ? access_file(request) : 0;
  const Message answer{
      .kind = writes ? MessageKind::store_write_reply : MessageKind::store_read_reply,
      .contents = found};
  const Bytes sent = writes ? Bytes() : request.length;
  co_await station_.reply(worker, answer, sent);
}

/// A program's request, as it has come through a server without a buffer cache.
std::uint64_t Storage::access_file(const Message& request) {
  const bool writes = request.kind == MessageKind::store_write;
  std::uint64_t found = 0;
  for (Bytes done; done < request.length;) {
    const BlockPart part = first_part(request.file, request.address + done, request.length - done);
    found = access(blocks_[part.block], part, writes, request.contents, system_.witness);
    done += part.length;
  }
  return found;
}

void Storage::fingerprint(Fingerprint& into) const {
  const auto& [system, senders, file, entries, blocks, counters, station] = *this;
  for (const auto& [page, contents] : file) {
    into.add(page, contents);
  }
  into.add(entries);
  for (const auto& [id, block] : blocks) {
    into.add(id.value());
    add(into, block);
  }
  into.add(blocks.size());
  station.fingerprint(into);
}

}  // namespace dsmsim::legoos
