#include "protocols/legoos/storage.hpp"

#include "protocols/legoos/memory.hpp"

namespace dsmsim::legoos {

Storage::Storage(System& system, NodeId server)
    : system_(system),
      station_(std::make_unique<Station>(
          system, server, static_cast<Service*>(this), 1,
          std::initializer_list<MessageKind>{MessageKind::log_flush, MessageKind::vma_log,
                                             MessageKind::replay})) {}

Task<> Storage::serve(Worker& worker) {
  const Message message = worker.job.message;
  const LegoosCosts& costs = system_.options.costs;
  const auto pages = static_cast<std::int64_t>(message.contents);
  co_await system_.queue().delay(costs.storage + costs.store * pages);
  charge(worker.job.tally, Category::handler, system_.queue().now());
  if (message.kind == MessageKind::log_flush) {
    const ReplicaLog& log = system_.memory[worker.job.from.index()]->log();
    for (std::uint64_t i = 0; i < message.contents; ++i) {
      file_[log.entries()[i].page] = log.entries()[i].contents;
    }
    entries_ += message.contents;
    co_await station_->reply(worker, {.kind = MessageKind::log_flush_reply});
  } else if (message.kind == MessageKind::replay) {
    co_await station_->reply(worker,
                             {.kind = MessageKind::replay_reply, .contents = message.contents},
                             Bytes(kLogEntry * message.contents));
  } else {
    co_await station_->reply(worker, {.kind = MessageKind::vma_log_reply});
  }
}

void Storage::fingerprint(Fingerprint& into) const {
  for (const auto& [page, contents] : file_) {
    into.add(page.value());
    into.add(contents);
  }
  into.add(entries_);
  station_->fingerprint(into);
}

}  // namespace dsmsim::legoos
