#pragma once
// The steps of scenarios that are no plain assignments, as their text form has them: what the
// reader reads and the writer writes.

#include <array>
#include <cstddef>
#include <string_view>

#include "sim/dsm/contract/op.hpp"

namespace dsmsim {

/// Its word, the object if it has one, and so many numbers.
struct ScenarioOperation {
  std::string_view word;
  OpKind kind;
  std::size_t numbers;
  bool has_result;
  std::string_view example;
};

inline constexpr auto kScenarioOperations = std::to_array<ScenarioOperation>({
    {"read", OpKind::read, 0, true, "read x"},
    {"fence", OpKind::fence, 0, false, "fence"},
    {"lock", OpKind::lock, 0, false, "lock x"},
    {"rlock", OpKind::rlock, 0, false, "rlock x"},
    {"trylock", OpKind::try_lock, 0, true, "trylock x"},
    {"tryrlock", OpKind::try_rlock, 0, true, "tryrlock x"},
    {"unlock", OpKind::unlock, 0, false, "unlock x"},
    {"add", OpKind::atomic_add, 1, true, "add x 1"},
    {"cas", OpKind::atomic_cas, 2, true, "cas x 0 1"},
    {"write_ef", OpKind::write_ef, 1, false, "write_ef x 1"},
    {"write_xf", OpKind::write_xf, 1, false, "write_xf x 1"},
    {"read_fe", OpKind::read_fe, 0, true, "read_fe x"},
    {"read_ff", OpKind::read_ff, 0, true, "read_ff x"},
});

}  // namespace dsmsim
