#pragma once
// Moves threads to other servers between two of their operations.
//
// A thread that has been asked to move has the Mover answer its next operation: it takes the thread
// to its new server as the engine's runtime says (ThreadSystem::migrate), gives it a core there,
// and then has the engine perform the operation. So threads that stay pay nothing for the
// possibility. The move is measured as an operation of its own (`migrate`).

#include "sim/dsm/contract/engine.hpp"

namespace dsmsim {

class World;

class Mover final : public OpHandler {
 public:
  explicit Mover(World& world) : world_(world) {}

  MaybeDuration try_local(Thread&, Op&) override { return std::nullopt; }
  Task<> perform(Thread& thread, Op& op) override;

 private:
  World& world_;
};

}  // namespace dsmsim
