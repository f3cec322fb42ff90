#include "protocols/legoos/file_server.hpp"

#include <utility>

#include "sim/base/error.hpp"

namespace dsmsim::legoos {

FileServer::FileServer(Stations& stations, Station& station, const Storage* storage,
                       BufferCache* cache, const PageStore& pages)
    : system_(stations.system()),
      servers_(stations.servers()),
      station_(station),
      storage_(storage),
      cache_(cache),
      pages_(pages) {}

Task<> FileServer::serve(Worker& worker) {
  const Message request = worker.job.message;
  const LegoosService& service = system_.options.costs.*row_of(request.kind).service;
  Message answer{.kind = MessageKind::file_sync_reply};
  co_await system_.queue().delay(service.before);
  charge(worker.job.tally, Category::handler, system_.now());
  if (request.kind == MessageKind::file_sync) {
    co_await sync(worker, request.file);
  } else {
    const bool writes = request.kind == MessageKind::file_write;
    answer.kind = writes ? MessageKind::file_write_reply : MessageKind::file_read_reply;
    Task<std::uint64_t> access = cache_ != nullptr ? access_cached(worker) : access_storage(worker);
    answer.contents = co_await access;
  }
  const Bytes sent = request.kind == MessageKind::file_read ? request.length : Bytes();
  co_await station_.reply(worker, answer, sent);
  co_await system_.queue().delay(service.after);
}

/// Every read and write goes on to storage as it is.
Task<std::uint64_t> FileServer::access_storage(Worker& worker) {
  Message request = worker.job.message;
  const bool writes = request.kind == MessageKind::file_write;
  request.kind = writes ? MessageKind::store_write : MessageKind::store_read;
  const Bytes sent = writes ? request.length : Bytes();
  co_await station_.call(worker, servers_.storage(), request, sent);
  co_return worker.caller.reply.contents;
}

/// A request is in one block or in two.
Task<std::uint64_t> FileServer::access_cached(Worker& worker) {
  const Message request = worker.job.message;
  const LegoosCosts& costs = system_.options.costs;
  const bool writes = request.kind == MessageKind::file_write;
  std::uint64_t found = 0;
  Duration time;
  for (Bytes done; done < request.length;) {
    const BlockPart part = first_part(request.file, request.address + done, request.length - done);
    co_await obtain(worker, part, writes);
    found =
        access(cache_->find(part.block)->contents, part, writes, request.contents, system_.witness);
    if (writes) {
      cache_->soil(part.block);
    }
    time += costs.lookup;
    done += part.length;
  }
  const std::uint64_t last = (request.address + request.length).count() - 1;
  const std::uint64_t pages =
      last / kFilePage.count() - request.address.count() / kFilePage.count() + 1;
  co_await system_.queue().delay(time + costs.copy * static_cast<std::int64_t>(pages));
  charge(worker.job.tally, Category::handler, system_.now());
  co_return found;
}

// ---- blocks

bool FileServer::is_usable(BlockId id) const {
  const BufferCache::Block& block = cache_->blocks().at(id);
  return !block.busy || (block.dirty && system_.mutated("legoos.write_busy_block"));
}

/// When this ends the block is in the cache and nobody is at it, until whoever called waits.
Task<> FileServer::obtain(Worker& worker, const BlockPart& part, bool writes) {
  for (;;) {
    const bool cached = cache_->find(part.block) != nullptr;
    const BlockId victim = cache_->victim();
    if (cached && is_usable(part.block)) {
      ++cache_->counters().hits;
      cache_->use(part.block);
      co_return;
    }
    if (!cached && !cache_->is_full()) {
      co_return co_await bring(worker, part, writes);
    }
    if (!cached && victim.valid()) {
      co_await make_room(worker, victim);
    } else {
      ++cache_->counters().waits;
      co_await wait_for_block(worker);
    }
  }
}

/// One block less; or, if it was dirty, one that can go unless somebody has used it meanwhile.
Task<> FileServer::make_room(Worker& worker, BlockId victim) {
  if (cache_->find(victim)->dirty && !system_.mutated("legoos.drop_dirty_block")) {
    co_await write_back(worker, victim);
  } else {
    if (cache_->find(victim)->dirty) {
      cache_->clean(victim);
    }
    cache_->evict(victim);
  }
}

/// A write of the whole block needs nothing of it.
Task<> FileServer::bring(Worker& worker, const BlockPart& part, bool writes) {
  if (pages_.free() < kBlock) {
    throw Error("legoos: the memory of server " + std::to_string(station_.server().value()) + ", " +
                to_string(pages_.total()) + ", has no room for its buffer cache");
  }
  BufferCache::Block& block = cache_->admit(part.block);
  if (writes && (part.length == kBlock || system_.mutated("legoos.forget_other_pages"))) {
    ++cache_->counters().overwritten;
  } else {
    ++cache_->counters().read;
    co_await station_.call(worker, servers_.storage(),
                           {.kind = MessageKind::store_read,
                            .file = file_of(part.block),
                            .address = start_of(part.block),
                            .length = kBlock});
    block.contents = storage_->block(part.block);
  }
  block.busy = false;
  wake_waiting();
}

Task<> FileServer::write_back(Worker& worker, BlockId block) {
  ++cache_->counters().written;
  BufferCache::Block& found = *cache_->find(block);
  found.busy = true;
  found.sent = found.contents;
  if (!system_.mutated("legoos.clean_without_storing")) {
    co_await station_.call(worker, servers_.storage(),
                           {.kind = MessageKind::store_write,
                            .cause = Cause::write,
                            .file = file_of(block),
                            .address = start_of(block),
                            .length = kBlock},
                           kBlock);
  }
  found.busy = false;
  found.sent = {};
  cache_->clean(block);
  wake_waiting();
}

/// What was dirty when it was asked for.
Task<> FileServer::sync(Worker& worker, FileId file) {
  const std::vector<BlockId> dirty = cache_->dirty_blocks(file);
  for (const BlockId block : dirty) {
    while (cache_->find(block) != nullptr && cache_->find(block)->busy) {
      co_await wait_for_block(worker);
    }
    if (cache_->find(block) != nullptr && cache_->find(block)->dirty) {
      co_await write_back(worker, block);
    }
  }
}

Task<> FileServer::wait_for_block(Worker& worker) {
  struct Awaiter {
    std::vector<BlockWait>& waits;
    Worker& worker;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) const { waits.push_back({&worker, handle}); }
    void await_resume() const {}
  };
  co_await Awaiter{waits_, worker};
  charge(worker.job.tally, Category::lock_wait, system_.now());
}

/// They look again.
void FileServer::wake_waiting() {
  for (const BlockWait& wait : std::exchange(waits_, {})) {
    system_.queue().wake(wait.handle);
  }
}

void FileServer::fingerprint(Fingerprint& into) const {
  const auto& [system, servers, station, storage, cache, pages, waits] = *this;
  if (cache != nullptr) {
    cache->fingerprint(into);
  }
  for (const auto& [worker, handle] : waits) {
    into.add(worker->caller.number);
  }
  into.add(waits.size());
}

}  // namespace dsmsim::legoos
