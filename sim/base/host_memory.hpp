#pragma once
// What the machine has that simulates: tables whose size a configuration decides are held against
// it before they are made, since a host that promises more memory than it has ends the process
// later, without a word.

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/units.hpp"

namespace dsmsim {

/// The memory of this machine, or what this process may have of it (a container's share, setrlimit
/// of RLIMIT_AS or RLIMIT_DATA).
Bytes host_memory();

/// What a run may take when nobody says: seven eighths of host_memory(), so that the machine goes
/// on (assumed).
Bytes default_memory_limit();

/// While it lives, what this process allocates beyond what it has and `more` is refused by the
/// system: std::bad_alloc at once, instead of a machine that swaps or that ends some process.
/// (RLIMIT_DATA; where a limit is lower already, that one holds.)
class MemoryLimit {
 public:
  explicit MemoryLimit(Bytes more);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  std::uint64_t before_;
};

/// While it lives, no MemoryLimit holds: for libraries that end the process when they get no
/// memory.
class NoMemoryLimit {
 public:
  NoMemoryLimit();
  ~NoMemoryLimit();
  NoMemoryLimit(const NoMemoryLimit&) = delete;
  NoMemoryLimit& operator=(const NoMemoryLimit&) = delete;

 private:
  std::uint64_t before_;
};

/// Leaves each of so many processes, of which this is one, its share of host_memory(), for good.
void share_host_memory(std::size_t processes);

/// "1.5 GiB" or "300 MiB", for what has no round number.
std::string memory_text(Bytes bytes);

/// `count` times `each`, or the largest number of bytes there is.
Bytes saturated_product(std::uint64_t count, Bytes each);

/// Throws Misfit for the option at `pointer` if `needed` is more than the machine has, and
/// Error(ExitCode::limit) if it is more than a MemoryLimit leaves. `what` needs it.
void check_host_memory(Bytes needed, const std::string& pointer, const std::string& what);

}  // namespace dsmsim
