#pragma once
// The row of an engine with an option `sharing`, which makes it another one.

#include <memory>
#include <utility>

#include "sim/dsm/contract/registration.hpp"

namespace dsmsim {

/// `Shared` is the engine with sharing, `row` that of the engine without.
template <class Shared, class Options>
ProtocolRow sharing_row(ProtocolRow row) {
  row.make = [alone = row.make](EngineContext context,
                                const std::any& options) -> std::unique_ptr<Engine> {
    const auto& chosen = std::any_cast<const Options&>(options);
    return chosen.sharing.on() ? std::make_unique<Shared>(context, chosen)
                               : alone(context, options);
  };
  row.memory_servers_each = [](const std::any& options) -> std::size_t {
    return std::any_cast<const Options&>(options).sharing.on() ? 1 : 0;
  };
  return row;
}

}  // namespace dsmsim
