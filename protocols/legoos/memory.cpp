#include "protocols/legoos/memory.hpp"

#include <stdexcept>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim::legoos {

namespace {

std::unique_ptr<BufferCache> make_cache(const LegoosOptions& options) {
  return options.files && options.files->buffer_cache
             ? std::make_unique<BufferCache>(options.files->cache)
             : nullptr;
}

/// Which memory servers have memory left, and how to have it used: for an error.
std::string describe_free_memory(const MemoryServers& all, const Servers& servers) {
  std::string text;
  for (const auto& memory : all) {
    if (memory != nullptr && servers.is_in_service(memory->server()) && memory->free() >= kPage) {
      text += (text.empty() ? "server " : ", server ") + std::to_string(memory->server().value()) +
              " has " + to_string(memory->free()) + " free";
    }
  }
  return text.empty() ? "no memory server has any free"
                      : text + "; placement: spread with a smaller grant divides memory among them";
}

}  // namespace

MemoryServer::MemoryServer(Stations& stations, AddressSpace& space, const Storage* storage,
                           const MemoryServers& all, NodeId server, Bytes memory)
    : system_(stations.system()),
      servers_(stations.servers()),
      space_(space),
      station_(stations, server, static_cast<Service*>(this), system_.options.workers),
      cache_(make_cache(system_.options)),
      pages_(server, memory, cache_.get(),
             [this, &all] { return describe_free_memory(all, servers_); }),
      secondary_(stations, station_, storage, space, pages_),
      files_(stations, station_, storage, cache_.get(), pages_) {}

void MemoryServer::reset_counters() {
  counters_ = {};
  secondary_.reset_counters();
  if (cache_ != nullptr) {
    cache_->counters() = {};
  }
}

// ---- requests

Task<> MemoryServer::serve(Worker& worker) {
  switch (worker.job.message.kind) {
    case MessageKind::mmap:
      return serve_mmap(worker);
    case MessageKind::map:
      return serve_map(worker);
    case MessageKind::replica:
      return secondary_.serve_replica(worker);
    case MessageKind::recover:
      return secondary_.serve_recover(worker);
    case MessageKind::file_read:
    case MessageKind::file_write:
    case MessageKind::file_sync:
      return files_.serve(worker);
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
  charge(worker.job.tally, Category::handler, system_.now());
  if (fetches && system_.options.memory == LegoosMemory::file && !holds(message.page)) {
    co_await station_.call(worker, servers_.storage(),
                           {.kind = MessageKind::store_read, .length = kPage});
  }
  Message answer{.kind = MessageKind::flush_reply};
  if (fetches) {
    answer = {.kind = MessageKind::miss_reply,
              .page = message.page,
              .contents = pages_.read(message.page)};
  }
  if (flushes && !system_.mutated("legoos.lose_flush")) {
    const bool misplaced = fetches && system_.mutated("legoos.misplace_piggyback");
    pages_.write(misplaced ? message.page : flushed, message.contents);
  }
  requests_ += fetches && flushes ? 2 : 1;
  report();
  co_await station_.reply(worker, answer);
  co_await system_.queue().delay(service.after);
}

/// The page gets its memory now, and not when it is first written back (zerofill_notify.c:19).
Task<> MemoryServer::serve_zero_fill(Worker& worker) {
  const PageNumber page = worker.job.message.page;
  const LegoosService& service = service_of(worker.job.message);
  co_await system_.queue().delay(service.before + touch_cost(page));
  pages_.make(page);
  co_await station_.reply(worker, {.kind = MessageKind::zero_fill_reply});
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
  const Time now = system_.now();
  if (now.since_start() / period > reported_.since_start() / period) {
    reported_ = now;
    ++counters_.reports;
    station_.tell(servers_.manager(), about_me(MessageKind::report));
  }
}

// ---- mapping memory: the home asks the manager where, and the owner for the address

Task<> MemoryServer::serve_mmap(Worker& worker) {
  const Message message = worker.job.message;
  const LegoosService& service = service_of(message);
  ++counters_.maps;
  co_await system_.queue().delay(service.before);
  charge(worker.job.tally, Category::handler, system_.now());
  Message answer{.kind = MessageKind::mmap_reply, .length = message.length};
  do {
    worker.caller.failed = false;
    const VirtualAddress tree = co_await find_room(worker, message.length, answer.regions);
    answer.owner = space_.owner_of(tree);
    if (answer.owner == server()) {
      answer.address = space_.take(tree, message.length);
    } else {
      co_await station_.call(worker, answer.owner,
                             {.kind = MessageKind::map, .address = tree, .length = message.length});
      answer.address = worker.caller.reply.address;
    }
  } while (worker.caller.failed);  // the owner has crashed
  if (system_.options.replication != LegoosReplication::none) {
    co_await station_.call(worker, servers_.storage(), {.kind = MessageKind::vma_log});
  }
  // With new vRegions the reply has their map, an entry for each memory server.
  const Bytes map = answer.regions ? Bytes(8 + 48 * servers_.memory_servers()) : Bytes();
  co_await station_.reply(worker, answer, map);
  co_await system_.queue().delay(service.after);
}

Task<VirtualAddress> MemoryServer::find_room(Worker& worker, Bytes length, bool& extended) {
  if (system_.options.consult == LegoosConsult::new_region) {
    if (const auto tree = space_.fit(NodeId(), length)) {
      co_return *tree;
    }
  }
  Message question = about_me(MessageKind::consult);
  question.wanted = length;
  co_await station_.call(worker, servers_.manager(), question);
  const NodeId owner = worker.caller.reply.owner;
  if (const auto tree = space_.fit(owner, length)) {
    co_return *tree;
  }
  extended = true;
  co_return space_.extend(owner, length);
}

Task<> MemoryServer::serve_map(Worker& worker) {
  const Message message = worker.job.message;
  const LegoosService& service = service_of(message);
  co_await system_.queue().delay(service.before);
  charge(worker.job.tally, Category::handler, system_.now());
  const VirtualAddress address = space_.take(message.address, message.length);
  co_await station_.reply(worker, {.kind = MessageKind::map_reply, .address = address});
  co_await system_.queue().delay(service.after);
}

/// How much it has done matters where memory goes to who has done least.
void MemoryServer::fingerprint(Fingerprint& into) const {
  const auto& [system, servers, space, station, cache, pages, secondary, files, requests, reported,
               counters] = *this;
  pages.fingerprint(into);
  secondary.fingerprint(into);
  files.fingerprint(into);
  station.fingerprint(into);
  if (system.options.placement == LegoosPlacement::network_traffic_rr) {
    into.add(requests);
  }
}

}  // namespace dsmsim::legoos
