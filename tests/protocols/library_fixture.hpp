#pragma once
// The library of programs' synchronisation (sim/dsm/library) on two engines: what each step of a
// thread sends.

#include <map>

#include "protocols/gam/engine.hpp"
#include "tests/protocols/drust/fixture.hpp"

namespace dsmsim::testing {

/// Three servers.
struct LibraryBed {
  explicit LibraryBed(const Dut::MakeEngine& engine, DutOptions setup = {})
      : dut(3, engine, std::move(setup)) {}

  /// A thread of that server does it, with all that it causes.
  void run(std::uint32_t server, const std::function<Task<>(Thread&)>& body) {
    start(server, body);
    dut.run();
  }
  void start(std::uint32_t server, const std::function<Task<>(Thread&)>& body) {
    dut.world().spawn(NodeId(server), body);
  }
  /// Since the last call, by type: "atomic_add 1, copy 1".
  std::string sent() {
    std::map<std::string, int> counts;
    for (const Message& message : dut.sent()) {
      ++counts[message.type];
    }
    std::string text;
    for (const auto& [type, count] : counts) {
      text += (text.empty() ? "" : ", ") + type + " " + std::to_string(count);
    }
    return text;
  }
  /// The same, once all that the last step has caused is over.
  Task<std::string> after_step(Thread& thread) {
    co_await thread.compute(Duration::picoseconds(100'000'000));
    co_return sent();
  }

  Dut dut;
};

inline Dut::MakeEngine drust_engine(const DrustOptions& options = drust_options()) {
  return
      [options](EngineContext context) { return std::make_unique<DrustEngine>(context, options); };
}
inline Dut::MakeEngine gam_engine() {
  return [](EngineContext context) { return std::make_unique<GamEngine>(context, GamOptions()); };
}

}  // namespace dsmsim::testing
