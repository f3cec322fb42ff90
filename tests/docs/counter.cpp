#include "tests/docs/counter.hpp"

namespace dsmsim {

using namespace literals;

Task<> Counter::main(Thread& t) {  // the first thread, on server 0
  World& world = t.world();
  const std::size_t servers = world.compute_servers();
  add_ = world.meter().define("add");                   // a kind of operation of our own
  counter_ = co_await t.allocate(8_B, NodeId(), true);  // guarded: accessed under its lock
  Task<> run = run_drivers(
      t, servers, [=](std::size_t i) { return server_of_driver(i, servers); },
      [this](Thread& w, std::size_t, StartLine& start) { return work(w, start); });
  co_await run;
}

Task<> Counter::work(Thread& t, StartLine& start) {
  co_await start.pass(t);  // set-up is over when all have come
  for (std::uint64_t i = 0; i < options_.additions; ++i) {
    const Time begin = t.now();
    co_await t.lock(counter_);
    co_await t.read(counter_, 0_B, 8_B);
    co_await t.compute(options_.work);
    co_await t.write(counter_, 0_B, 8_B);
    co_await t.unlock(counter_);
    t.count_operation(add_, begin);
  }
}

}  // namespace dsmsim
