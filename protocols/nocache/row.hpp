#pragma once
// What protocols/all.cpp knows of the engine.

#include "sim/dsm/contract/registration.hpp"

namespace dsmsim {

ProtocolRow nocache_row();

}  // namespace dsmsim
