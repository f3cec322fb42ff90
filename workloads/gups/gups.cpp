#include "workloads/gups/gups.hpp"

#include <algorithm>

#include "sim/base/error.hpp"

namespace dsmsim {

Demand Gups::demand(std::size_t servers) const {
  const std::uint64_t chunks = (options_.words - 1) / words_per_chunk() + 1;
  Demand demand;
  demand.threads = servers * options_.threads_per_server;
  return demand.add(chunks, options_.chunk);
}

Task<> Gups::main(Thread& thread) {
  World& world = thread.world();
  update_kind_ = world.meter().define("update");
  const std::size_t servers = world.compute_servers();
  threads_ = servers * options_.threads_per_server;
  planned_ = threads_ * options_.updates;
  Task<> allocation = allocate(thread);
  co_await allocation;
  const auto place = [servers](std::size_t i) { return server_of_driver(i, servers); };
  Task<> run = run_drivers(
      thread, threads_, place,
      [this](Thread& t, std::size_t i, StartLine& start) { return drive(t, i, start); });
  co_await run;
  if (options_.verify) {
    Task<> verification = verify(thread);
    co_await verification;
  }
}

Task<> Gups::allocate(Thread& thread) {
  const std::size_t servers = thread.world().compute_servers();
  const std::uint64_t chunks = (options_.words + words_per_chunk() - 1) / words_per_chunk();
  std::vector<NodeId> homes;
  for (std::uint64_t i = 0; i < chunks; ++i) {
    homes.push_back(server_of_driver(i, servers));
  }
  Task<ObjectList> allocation = allocate_at(thread, homes, options_.chunk, false);
  chunks_ = co_await allocation;
}

Task<> Gups::drive(Thread& thread, std::size_t index, StartLine& start) {
  RandomStream random = thread.world().simulation().random("gups", index);
  co_await start.pass(thread);
  started_ = thread.now();
  for (std::uint64_t i = 0; i < options_.updates; ++i) {
    const std::uint64_t word = random.below(options_.words);
    const ObjectId chunk = chunks_[word / words_per_chunk()];
    const Bytes offset(word % words_per_chunk() * 8);
    const Time begin = thread.now();
    if (options_.update == GupsUpdate::atomic_add) {
      co_await thread.atomic_add(chunk, offset, 1);
    } else {
      co_await thread.write(chunk, offset, Bytes(8));
    }
    thread.count_operation(update_kind_, begin);
    ++done_;
  }
  co_await thread.fence();
  ended_ = std::max(ended_, thread.now());
}

Task<> Gups::verify(Thread& thread) {
  std::uint64_t sum = 0;
  for (std::uint64_t word = 0; word < options_.words; ++word) {
    const Bytes offset(word % words_per_chunk() * 8);
    sum += co_await thread.atomic_add(chunks_[word / words_per_chunk()], offset, 0);
  }
  if (sum < done_ || sum > *planned_) {  // a lost thread may have done one more than it has counted
    throw Error(ExitCode::incoherent, "gups: of " + std::to_string(done_) +
                                          " additions, the table holds " + std::to_string(sum));
  }
}

void Gups::report(CounterReport& numbers) const {
  const double seconds = (ended_ - started_).seconds();
  numbers.add("threads", threads_);
  numbers.add("words", options_.words);
  numbers.add("chunks", chunks_.size());
  numbers.add("updates", done_);
  numbers.add("seconds", seconds);
  numbers.add("gups", seconds > 0 ? static_cast<double>(done_) / seconds / 1e9 : 0);
  numbers.add("verified", options_.verify);
}

}  // namespace dsmsim
