#include "protocols/legoos/secondary.hpp"

#include <algorithm>
#include <utility>

namespace dsmsim::legoos {

Secondary::Secondary(Stations& stations, Station& station, const Storage* storage,
                     AddressSpace& space, PageStore& pages)
    : system_(stations.system()),
      servers_(stations.servers()),
      station_(station),
      storage_(storage),
      space_(space),
      pages_(pages),
      log_(system_.options) {
  station_.enlist(flusher_);
}

/// What belongs to this server by now (its sender has waited for a server that has crashed since)
/// is sent to it once more as a flush.
Task<> Secondary::serve_replica(Worker& worker) {
  const Message message = worker.job.message;
  const LegoosCosts& costs = system_.options.costs;
  const LegoosService& service = service_of(worker);
  co_await system_.queue().delay(service.before + costs.copy);
  charge(worker.job.tally, Category::handler, system_.now());
  if (!belongs_to(station_.server(), message.page) && !system_.mutated("legoos.lose_replica")) {
    log_.append({message.page, message.contents});
  }
  if (log_.wants_flush()) {
    system_.spawn(flush_log());
  }
  if (system_.options.replication == LegoosReplication::paper) {
    co_await station_.reply(worker, {.kind = MessageKind::replica_reply});
  }
  co_await system_.queue().delay(service.after);
}

/// The daemon that sends the log to the storage server (klog_flushd).
Task<> Secondary::flush_log() {
  const std::uint64_t pages = log_.begin_flush();
  station_.ask(flusher_, servers_.storage(),
               {.kind = MessageKind::log_flush, .cause = Cause::write, .contents = pages}, nullptr,
               Bytes(kLogEntry * pages));
  co_await station_.answered(flusher_);
  log_.end_flush();
  if (recovering_) {
    system_.queue().wake(std::exchange(recovering_, nullptr));
  }
}

/// All of the log that is about the crashed server's pages goes to storage: then that is complete,
/// and nothing older can come after what others will log of these pages.
Task<> Secondary::store_log_of(NodeId crashed) {
  struct Flushed {
    std::coroutine_handle<>& recovering;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) const { recovering = handle; }
    void await_resume() const {}
  };
  const auto has_some = [&] {
    return !system_.mutated("legoos.skip_log_in_recovery") &&
           std::any_of(log_.entries().begin(), log_.entries().end(),
                       [&](const auto& entry) { return belongs_to(crashed, entry.page); });
  };
  while (has_some()) {
    if (!log_.is_flushing()) {
      system_.spawn(flush_log());
    }
    co_await Flushed{recovering_};
  }
}

/// The file of the storage server is read log by log, and written to memory. Then the crashed
/// server's vRegions are this server's.
Task<> Secondary::serve_recover(Worker& worker) {
  const NodeId crashed = worker.job.message.owner;
  const LegoosCosts& costs = system_.options.costs;
  const LegoosService& service = service_of(worker);
  co_await system_.queue().delay(service.before);
  co_await store_log_of(crashed);
  for (std::uint64_t done = 0; done < storage_->entries();) {
    const std::uint64_t pages =
        std::min<std::uint64_t>(storage_->entries() - done, system_.options.log_entries);
    co_await station_.call(worker, servers_.storage(),
                           {.kind = MessageKind::replay, .contents = pages});
    co_await system_.queue().delay(costs.copy * static_cast<std::int64_t>(pages));
    done += pages;
  }
  co_await store_log_of(crashed);  // what came meanwhile, and is sent again
  for (const auto& [page, contents] : storage_->file()) {
    if (belongs_to(crashed, page)) {
      pages_.write(page, contents);
    }
  }
  space_.hand_over(crashed, station_.server());
  const Bytes map(48 * servers_.memory_servers());
  co_await station_.reply(worker, {.kind = MessageKind::recover_reply}, map);
  co_await system_.queue().delay(service.after);
}

/// Who waits for the log to be flushed is the worker that recovers.
void Secondary::fingerprint(Fingerprint& into) const {
  const auto& [system, servers, station, storage, space, pages, log, flusher, recovering] = *this;
  log.fingerprint(into);
  add(into, flusher);
}

}  // namespace dsmsim::legoos
