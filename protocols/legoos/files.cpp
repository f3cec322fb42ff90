// A memory server's part in files: programs reach them through it, and the buffer cache is there
// (managers/memory/pgcache; without the cache, fs/).

#include <utility>

#include "protocols/legoos/memory.hpp"
#include "protocols/legoos/storage.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::legoos {

Task<> MemoryServer::serve_file(Worker& worker) {
  const Message request = worker.job.message;
  const LegoosService& service = service_of(request);
  Message answer{.kind = MessageKind::file_sync_reply};
  co_await system_.queue().delay(service.before);
  charge(worker.job.tally, Category::handler, system_.queue().now());
  if (request.kind == MessageKind::file_sync) {
    co_await sync(worker, request.file);
  } else {
    const bool writes = request.kind == MessageKind::file_write;
    answer.kind = writes ? MessageKind::file_write_reply : MessageKind::file_read_reply;
    Task<std::uint64_t> access = cache_ != nullptr ? access_cached(worker) : access_storage(worker);
    answer.contents = co_await access;
  }
  const Bytes sent = request.kind == MessageKind::file_read ? request.length : Bytes();
  co_await station_->reply(worker, answer, sent);
  co_await system_.queue().delay(service.after);
}

/// Every read and write goes on to storage as it is.
Task<std::uint64_t> MemoryServer::access_storage(Worker& worker) {
  Message request = worker.job.message;
  const bool writes = request.kind == MessageKind::file_write;
  request.kind = writes ? MessageKind::store_write : MessageKind::store_read;
  const Bytes sent = writes ? request.length : Bytes();
  co_await call(worker, system_.storage->server(), request, sent);
  co_return worker.reply.contents;
}

/// A request is in one block or in two.
Task<std::uint64_t> MemoryServer::access_cached(Worker& worker) {
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
  charge(worker.job.tally, Category::handler, system_.queue().now());
  co_return found;
}

// ---- blocks

bool MemoryServer::is_usable(BlockId id) const {
  const BufferCache::Block& block = cache_->blocks().at(id);
  return !block.busy || (block.dirty && system_.mutant.is("legoos.write_busy_block"));
}

/// When this ends the block is in the cache and nobody is at it, until whoever called waits.
Task<> MemoryServer::obtain(Worker& worker, const BlockPart& part, bool writes) {
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
Task<> MemoryServer::make_room(Worker& worker, BlockId victim) {
  if (cache_->find(victim)->dirty && !system_.mutant.is("legoos.drop_dirty_block")) {
    co_await write_back(worker, victim);
  } else {
    if (cache_->find(victim)->dirty) {
      cache_->clean(victim);
    }
    cache_->evict(victim);
  }
}

/// A write of the whole block needs nothing of it.
Task<> MemoryServer::bring(Worker& worker, const BlockPart& part, bool writes) {
  if (free() < kBlock) {
    throw Error("legoos: the memory of server " + std::to_string(server().value()) + ", " +
                to_string(memory_) + ", has no room for its buffer cache");
  }
  BufferCache::Block& block = cache_->admit(part.block);
  if (writes && (part.length == kBlock || system_.mutant.is("legoos.forget_other_pages"))) {
    ++cache_->counters().overwritten;
  } else {
    ++cache_->counters().read;
    co_await call(worker, system_.storage->server(),
                  {.kind = MessageKind::store_read,
                   .file = file_of(part.block),
                   .address = start_of(part.block),
                   .length = kBlock});
    block.contents = system_.storage->block(part.block);
  }
  block.busy = false;
  wake_waiting_for_blocks();
}

Task<> MemoryServer::write_back(Worker& worker, BlockId block) {
  ++cache_->counters().written;
  BufferCache::Block& found = *cache_->find(block);
  found.busy = true;
  found.sent = found.contents;
  if (!system_.mutant.is("legoos.clean_without_storing")) {
    co_await call(worker, system_.storage->server(),
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
  wake_waiting_for_blocks();
}

/// What was dirty when it was asked for.
Task<> MemoryServer::sync(Worker& worker, FileId file) {
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

Task<> MemoryServer::wait_for_block(Worker& worker) {
  struct Awaiter {
    std::vector<BlockWait>& waits;
    Worker& worker;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) const { waits.push_back({&worker, handle}); }
    void await_resume() const {}
  };
  co_await Awaiter{block_waits_, worker};
  charge(worker.job.tally, Category::lock_wait, system_.queue().now());
}

/// They look again.
void MemoryServer::wake_waiting_for_blocks() {
  for (const BlockWait& wait : std::exchange(block_waits_, {})) {
    system_.queue().wake(wait.handle);
  }
}

// ---- pages that the pComponent has filled with zeros

/// The page gets its memory now, and not when it is first written back (zerofill_notify.c:19).
Task<> MemoryServer::serve_zero_fill(Worker& worker) {
  const PageNumber page = worker.job.message.page;
  const LegoosService& service = service_of(worker.job.message);
  co_await system_.queue().delay(service.before + touch_cost(page));
  touch(page);
  co_await station_->reply(worker, {.kind = MessageKind::zero_fill_reply});
  co_await system_.queue().delay(service.after);
}

}  // namespace dsmsim::legoos
