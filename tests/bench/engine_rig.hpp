#pragma once
// A cluster of ConnectX-3 behind one switch with an engine of configs/protocols, for one program.

#include <memory>

#include "sim/dsm/boundary/world.hpp"

namespace dsmsim::bench {

using MakeEngine = std::unique_ptr<Engine> (*)(EngineContext);

std::unique_ptr<Engine> drust(EngineContext context);
std::unique_ptr<Engine> gam(EngineContext context);
std::unique_ptr<Engine> ivy(EngineContext context);
std::unique_ptr<Engine> grappa(EngineContext context);
std::unique_ptr<Engine> kona(EngineContext context);
std::unique_ptr<Engine> kona_with_cpu_caches(EngineContext context);
std::unique_ptr<Engine> legoos(EngineContext context);
std::unique_ptr<Engine> local(EngineContext context);

void run(Program& program, std::uint32_t servers, std::uint32_t cores, MakeEngine make);

}  // namespace dsmsim::bench
