#include "sim/fabric/simgrid_engine.hpp"

#include <array>
#include <csignal>
#include <string>
#include <vector>

namespace dsmsim {
namespace {

/// Restores the handlers that were there before it.
class SignalGuard {
 public:
  SignalGuard() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], nullptr, &handlers_[i]);
    }
  }
  ~SignalGuard() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], &handlers_[i], nullptr);
    }
  }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGSEGV, SIGBUS};
  std::array<struct sigaction, kSignals.size()> handlers_{};
};

std::vector<std::string> engine_arguments() {
  return {"dsmsim", "--log=root.thresh:warning", "--cfg=network/model:CM02",
          "--cfg=network/crosstraffic:no", "--cfg=network/TCP-gamma:1e30",
          "--cfg=network/weight-S:0",
          // A flow of one byte must outlast both thresholds below which SimGrid sees zero.
          "--cfg=surf/precision:1e-12", "--cfg=maxmin/precision:1e-9",
          // The engine lives until the process ends: what refers to it may be destroyed later.
          "--cfg=debug/clean-atexit:no"};
}

}  // namespace

simgrid::s4u::Engine& simgrid_engine() {
  if (!simgrid::s4u::Engine::is_initialized()) {
    const SignalGuard guard;
    std::vector<std::string> arguments = engine_arguments();
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) {
      pointers.push_back(argument.data());
    }
    pointers.push_back(nullptr);
    int count = static_cast<int>(arguments.size());
    simgrid::s4u::Engine::get_instance(&count, pointers.data());
  }
  return *simgrid::s4u::Engine::get_instance();
}

simgrid::s4u::Engine& fresh_simgrid_engine() {
  if (simgrid::s4u::Engine::is_initialized()) {
    delete simgrid::s4u::Engine::get_instance();
    // The engine does not take back the callback by which it waits for a platform.
    simgrid::s4u::Engine::on_platform_created.disconnect_slots();
  }
  return simgrid_engine();
}

}  // namespace dsmsim
