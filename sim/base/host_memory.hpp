#pragma once
// What the machine has that simulates: tables whose size a configuration decides are held against
// it before they are made, since a host that promises more memory than it has ends the process
// later, without a word.

#include <string>

#include "sim/base/units.hpp"

namespace dsmsim {

/// The memory of this machine, or what this process may have of it (setrlimit, RLIMIT_AS).
Bytes host_memory();

/// `count` times `each`, or the largest number of bytes there is.
Bytes saturated_product(std::uint64_t count, Bytes each);

/// Throws Misfit for the option at `pointer` if `needed` is more than host_memory(). `what` needs
/// it.
void check_host_memory(Bytes needed, const std::string& pointer, const std::string& what);

}  // namespace dsmsim
