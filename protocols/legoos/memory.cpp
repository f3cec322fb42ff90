#include "protocols/legoos/memory.hpp"

#include <stdexcept>
#include <string>

#include "protocols/legoos/storage.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::legoos {

MemoryServer::MemoryServer(System& system, NodeId server, Bytes memory)
    : system_(system),
      station_(system.stations[server.index()]),
      memory_(memory),
      log_(system.options) {
  station_ = std::make_unique<Station>(system, server, static_cast<Service*>(this),
                                       system.options.workers);
  station_->enlist(flusher_);
  if (system.options.files && system.options.files->buffer_cache) {
    cache_ = std::make_unique<BufferCache>(system.options.files->cache);
  }
}

// ---- pages

MemoryServer::Page& MemoryServer::touch(PageNumber page) {
  Page& found = pages_[page];
  if (!found.present) {
    if (free() < kPage) {
      throw OutOfMemory("legoos: the memory of server " + std::to_string(server().value()) + ", " +
                        to_string(memory_) + ", is all in use; " + system_.describe_free_memory());
    }
    found.present = true;
    ++pages_used_;
  }
  return found;
}

std::uint64_t MemoryServer::read(PageNumber page) { return touch(page).contents; }

void MemoryServer::write(PageNumber page, std::uint64_t contents) {
  touch(page).contents = contents;
}

// ---- requests

/// Asks another server while the worker serves.
Task<> MemoryServer::call(Worker& worker, NodeId to, Message message, Bytes bytes) {
  station_->ask(worker, to, message, worker.job.tally, bytes);
  co_await station_->answered(worker);
  charge(worker.job.tally, Category::handler, system_.queue().now());
}

Task<> MemoryServer::serve(Worker& worker) {
  switch (worker.job.message.kind) {
    case MessageKind::mmap:
      return serve_mmap(worker);
    case MessageKind::map:
      return serve_map(worker);
    case MessageKind::replica:
      return serve_replica(worker);
    case MessageKind::recover:
      return serve_recover(worker);
    case MessageKind::file_read:
    case MessageKind::file_write:
    case MessageKind::file_sync:
      return serve_file(worker);
    case MessageKind::zero_fill:
      return serve_zero_fill(worker);
    case MessageKind::miss:
    case MessageKind::miss_flush:
    case MessageKind::flush:
      return serve_page(worker);
    case MessageKind::consult:  // of the manager
    case MessageKind::report:
    case MessageKind::log_flush:  // of the storage server
    case MessageKind::vma_log:
    case MessageKind::replay:
    case MessageKind::store_read:
    case MessageKind::store_write:
    case MessageKind::miss_reply:  // of who called
    case MessageKind::flush_reply:
    case MessageKind::mmap_reply:
    case MessageKind::consult_reply:
    case MessageKind::map_reply:
    case MessageKind::report_reply:
    case MessageKind::replica_reply:
    case MessageKind::log_flush_reply:
    case MessageKind::vma_log_reply:
    case MessageKind::recover_reply:
    case MessageKind::replay_reply:
    case MessageKind::file_read_reply:
    case MessageKind::file_write_reply:
    case MessageKind::file_sync_reply:
    case MessageKind::store_read_reply:
    case MessageKind::store_write_reply:
    case MessageKind::zero_fill_reply:
      break;
  }
  throw std::logic_error("no memory server works on " +
                         std::string(row_of(worker.job.message.kind).name));
}

const LegoosService& MemoryServer::service_of(const Message& request) const {
  return system_.options.costs.*row_of(request.kind).service;
}

Duration MemoryServer::touch_cost(PageNumber page) const {
  const LegoosCosts& costs = system_.options.costs;
  return costs.lookup + (holds(page) ? Duration{} : costs.new_page);
}

/// Of a request for both, the miss comes first (handle_pcache/fault.c:249-285).
Task<> MemoryServer::serve_page(Worker& worker) {
  const Message message = worker.job.message;
  const LegoosCosts& costs = system_.options.costs;
  const LegoosService& service = service_of(message);
  const bool fetches = message.kind != MessageKind::flush;
  const bool flushes = message.kind != MessageKind::miss;
  const PageNumber flushed = fetches ? message.victim : message.page;
  Duration time = service.before + touch_cost(message.page);
  if (flushes) {
    time += costs.copy + (fetches ? touch_cost(flushed) : Duration{});
  }
  co_await system_.queue().delay(time);
  charge(worker.job.tally, Category::handler, system_.queue().now());
  if (fetches && system_.options.memory == LegoosMemory::file && !holds(message.page)) {
    co_await call(worker, system_.storage->server(),
                  {.kind = MessageKind::store_read, .length = kPage});
  }
  Message answer{.kind = MessageKind::flush_reply};
  if (fetches) {
    answer = {
        .kind = MessageKind::miss_reply, .page = message.page, .contents = read(message.page)};
  }
  if (flushes && !system_.mutant.is("legoos.lose_flush")) {
    const bool misplaced = fetches && system_.mutant.is("legoos.misplace_piggyback");
    write(misplaced ? message.page : flushed, message.contents);
  }
  requests_ += fetches && flushes ? 2 : 1;
  report();
  co_await station_->reply(worker, answer);
  co_await system_.queue().delay(service.after);
}

/// To the manager.
Message MemoryServer::about_me(MessageKind kind) const {
  return {.kind = kind, .contents = requests_, .length = free()};
}

/// Tells the manager how busy and how full this server is, once a period. Who has had nothing to do
/// has nothing new to tell, so this needs no timer, and a run can end.
void MemoryServer::report() {
  const Duration period = system_.options.report_period;
  if (period == Duration{}) {
    return;
  }
  const Time now = system_.queue().now();
  if (now.since_start() / period > reported_.since_start() / period) {
    reported_ = now;
    ++counters_.reports;
    station_->tell(system_.manager_server, about_me(MessageKind::report));
  }
}

// ---- mapping memory: the home asks the manager where, and the owner for the address

Task<> MemoryServer::serve_mmap(Worker& worker) {
  const Message message = worker.job.message;
  const LegoosService& service = service_of(message);
  ++counters_.maps;
  co_await system_.queue().delay(service.before);
  charge(worker.job.tally, Category::handler, system_.queue().now());
  Message answer{.kind = MessageKind::mmap_reply, .length = message.length};
  do {
    worker.failed = false;
    const VirtualAddress tree = co_await find_room(worker, message.length, answer.regions);
    answer.owner = system_.space.owner_of(tree);
    if (answer.owner == server()) {
      answer.address = system_.space.take(tree, message.length);
    } else {
      co_await call(worker, answer.owner,
                    {.kind = MessageKind::map, .address = tree, .length = message.length});
      answer.address = worker.reply.address;
    }
  } while (worker.failed);  // the owner has crashed
  if (system_.options.replication != LegoosReplication::none) {
    co_await call(worker, system_.storage->server(), {.kind = MessageKind::vma_log});
  }
  // With new vRegions the reply has their map, an entry for each memory server.
  const Bytes map = answer.regions ? Bytes(8 + 48 * system_.memory_servers()) : Bytes();
  co_await station_->reply(worker, answer, map);
  co_await system_.queue().delay(service.after);
}

Task<VirtualAddress> MemoryServer::find_room(Worker& worker, Bytes length, bool& extended) {
  if (system_.options.consult == LegoosConsult::new_region) {
    if (const auto tree = system_.space.fit(NodeId(), length)) {
      co_return *tree;
    }
  }
  Message question = about_me(MessageKind::consult);
  question.wanted = length;
  co_await call(worker, system_.manager_server, question);
  const NodeId owner = worker.reply.owner;
  if (const auto tree = system_.space.fit(owner, length)) {
    co_return *tree;
  }
  extended = true;
  co_return system_.space.extend(owner, length);
}

Task<> MemoryServer::serve_map(Worker& worker) {
  const Message message = worker.job.message;
  const LegoosService& service = service_of(message);
  co_await system_.queue().delay(service.before);
  charge(worker.job.tally, Category::handler, system_.queue().now());
  const VirtualAddress address = system_.space.take(message.address, message.length);
  co_await station_->reply(worker, {.kind = MessageKind::map_reply, .address = address});
  co_await system_.queue().delay(service.after);
}

void MemoryServer::fingerprint(Fingerprint& into) const {
  pages_.for_each([&into](PageNumber page, const Page& found) {
    into.add(page.value());
    into.add(found.contents);
  });
  into.add(pages_used_);
  log_.fingerprint(into);
  add(into, flusher_);
  if (cache_ != nullptr) {
    cache_->fingerprint(into);
  }
  for (const BlockWait& wait : block_waits_) {
    into.add(wait.worker->number);
  }
  station_->fingerprint(into);
}

}  // namespace dsmsim::legoos
