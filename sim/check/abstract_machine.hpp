#pragma once
// The machine behind the reference memory models: threads in front of one memory, with first-in,
// first-out store buffers between them. For memory_model.cpp only.

#include "sim/check/memory_model.hpp"

namespace dsmsim {

enum class StoreBuffers : unsigned char { none, one_a_thread, one_an_object };

/// The states in which nothing more happens.
struct MachineEnds {
  std::set<Outcome> outcomes;
  std::set<Standstill> standstills;  ///< with all registers
};

/// Visits every state that the machine can reach, each once.
MachineEnds explore(const Scenario& scenario, StoreBuffers buffers, ModelOptions options);

}  // namespace dsmsim
