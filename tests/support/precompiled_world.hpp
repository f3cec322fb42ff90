#pragma once
// What tests of the contract and of all above it include besides.

#include "sim/dsm/boundary/world.hpp"
#include "tests/support/precompiled.hpp"
