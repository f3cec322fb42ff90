#pragma once
// What protocols/all.cpp knows of the engine.

#include "sim/dsm/contract/registration.hpp"

namespace dsmsim {

ProtocolRow ivy_row();

}  // namespace dsmsim
