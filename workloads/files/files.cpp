#include "workloads/files/files.hpp"

#include <algorithm>
#include <array>

namespace dsmsim {
namespace {

constexpr std::array kNeeds = {OpKind::file_read, OpKind::file_write, OpKind::file_sync};
constexpr Bytes kWarmUp(256 << 10);  ///< bytes that are read at a time

}  // namespace

Files::Files(FilesOptions options)
    : options_(std::move(options)), slots_(options_.file_size.count() / options_.request.count()) {}

std::span<const OpKind> Files::needs() const { return kNeeds; }

Demand Files::demand(std::size_t servers) const {
  Demand demand;
  demand.threads = servers * options_.threads_per_server;
  return demand;
}

Task<> Files::main(Thread& thread) {
  World& world = thread.world();
  read_kind_ = world.meter().define("request_read");
  write_kind_ = world.meter().define("request_write");
  sync_kind_ = world.meter().define("sync");
  const std::size_t servers = world.compute_servers();
  threads_ = servers * options_.threads_per_server;
  const std::uint64_t syncs =
      options_.sync_every == 0 ? 0 : options_.requests / options_.sync_every;
  planned_ = threads_ * (options_.requests + syncs);
  Task<> run = run_drivers(
      thread, threads_, [servers](std::size_t i) { return server_of_driver(i, servers); },
      [this](Thread& t, std::size_t i, StartLine& start) { return drive(t, i, start); });
  co_await run;
}

Task<> Files::drive(Thread& thread, std::size_t index, StartLine& start) {
  Simulation& simulation = thread.world().simulation();
  RandomStream mix = simulation.random("files.mix", index);
  RandomStream places = simulation.random("files.places", index);
  const auto popularity = make_generator(options_.popularity, slots_);
  const FileId file(options_.shared_file ? 0 : static_cast<std::uint32_t>(index));
  if (options_.warm_up && (index == 0 || !options_.shared_file)) {
    co_await warm_up(thread, file);
  }
  co_await start.pass(thread);
  for (std::uint64_t i = 1; i <= options_.requests; ++i) {
    const bool in_order = options_.pattern == FilePattern::sequential;
    const std::uint64_t slot = in_order ? (i - 1) % slots_ : popularity->next(places);
    co_await request(thread, file, slot, mix.chance(options_.write_ratio));
    if (options_.sync_every != 0 && i % options_.sync_every == 0) {
      const Time begin = thread.now();
      co_await thread.file_sync(file);
      ++syncs_;
      thread.count_operation(sync_kind_, begin);
    }
  }
}

Task<> Files::warm_up(Thread& thread, FileId file) const {
  for (Bytes at; at < options_.file_size; at += kWarmUp) {
    co_await thread.file_read(file, at, std::min(kWarmUp, options_.file_size - at));
  }
}

Task<> Files::request(Thread& thread, FileId file, std::uint64_t slot, bool writes) {
  const Time begin = thread.now();
  const Bytes offset = options_.request * slot;
  if (writes) {
    co_await thread.file_write(file, offset, options_.request);
  } else {
    co_await thread.file_read(file, offset, options_.request);
  }
  ++(writes ? writes_ : reads_);
  thread.count_operation(writes ? write_kind_ : read_kind_, begin);
}

void Files::report(CounterReport& numbers) const {
  numbers.add("threads", threads_);
  numbers.add("reads", reads_);
  numbers.add("writes", writes_);
  numbers.add("syncs", syncs_);
  numbers.add("bytes", (options_.request * (reads_ + writes_)).count());
}

}  // namespace dsmsim
