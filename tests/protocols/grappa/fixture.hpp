#pragma once
// Grappa on a few servers, driven by puppets.

#include "protocols/grappa/engine.hpp"
#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {

using namespace literals;

/// The costs of configs/protocols/grappa.json.
inline GrappaCosts grappa_costs() {
  return {.call = 8_ns,
          .enqueue = 62.5_ns,
          .serialize = 31.25_ns,
          .deserialize = 4.76_ns,
          .cross_core = 415_ns,
          .context_switch = 50_ns,
          .mpi = 1_us,
          .allocate = 100_ns,
          .poll = 1_us,
          .card = 312.5_ns};
}

/// So many processes a server, by software that takes no time; every object in blocks of its own,
/// so that the first lies at the last core, the next at the one before, and so on.
inline GrappaOptions grappa_options(std::uint32_t processes = 1) {
  GrappaOptions options;
  options.processes_per_server = processes;
  options.align_objects = true;
  return options;
}

class GrappaBed {
 public:
  explicit GrappaBed(std::size_t servers, GrappaOptions options = grappa_options(),
                     DutOptions cluster = {})
      : dut(
            servers,
            [&](EngineContext context) { return std::make_unique<GrappaEngine>(context, options); },
            std::move(cluster)) {
    for (std::uint32_t i = 0; i < servers; ++i) {
      threads_.push_back(&dut.thread(i));
      threads_.back()->run(Op::fence());  // seen by the engine, in this order
    }
  }

  /// The thread that stands for a server, on its first core.
  Puppet& at(std::uint32_t server) { return *threads_[server]; }
  GrappaEngine& engine() { return dut.engine<GrappaEngine>(); }
  /// The core of the object's first block.
  std::uint32_t home(ObjectId object) { return engine().memory().home(object, 0).value(); }

  Dut dut;

 private:
  std::vector<Puppet*> threads_;
};

}  // namespace dsmsim::testing
