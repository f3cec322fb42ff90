#pragma once
// Makes a failing scenario smaller: fewer threads, steps, objects and servers.

#include <functional>
#include <optional>

#include "sim/check/failure.hpp"

namespace dsmsim {

struct FailingScenario {
  Scenario scenario;
  Failure failure;
};

/// Looks for a failure of a scenario; nothing if it finds none.
using FindFailure = std::function<std::optional<Failure>(const Scenario&)>;

/// Removes what can be removed, one thing after another, as long as `find` still finds a failure
/// with the same exit code. What is left may not be the smallest that fails, but nothing of it can
/// be removed alone.
FailingScenario shrink(FailingScenario failing, const FindFailure& find);

}  // namespace dsmsim
