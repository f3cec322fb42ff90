#pragma once
// The machine behind the reference memory models: threads in front of one memory, with first-in,
// first-out store buffers between them. For memory_model.cpp only.

#include "sim/check/memory_model.hpp"

namespace dsmsim {

enum class StoreBuffers : unsigned char { none, one_a_thread, one_an_object };

/// Visits every state that the machine can reach, each once.
AllowedOutcomes explore(const Scenario& scenario, StoreBuffers buffers, ModelOptions options);

}  // namespace dsmsim
