#pragma once
// The DRust engine as a device under test, with costs that are easy to add up.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "protocols/drust/engine.hpp"
#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {

using namespace literals;

inline constexpr Bytes kSize(512);    ///< of an object
inline constexpr Bytes kControl(32);  ///< of a control message

inline DrustOptions drust_options() {
  DrustOptions options;
  options.costs.check = 12_ns;
  options.costs.map_operation = 20_ns;
  options.costs.allocation = 50_ns;
  options.costs.deallocation = 30_ns;
  options.costs.eviction = 40_ns;
  options.costs.local_atomic = 25_ns;
  options.costs.service = 200_ns;
  options.controller.period = Duration();
  options.allocator.header = Bytes(0);
  return options;
}

struct DrustDut : Dut {
  explicit DrustDut(std::size_t servers, DrustOptions options = drust_options(),
                    DutOptions setup = {})
      : Dut(
            servers,
            [&](EngineContext context) { return std::make_unique<DrustEngine>(context, options); },
            std::move(setup)),
        drust(engine<DrustEngine>()) {}

  NodeId host(ObjectId object) const {
    return drust.heap().host(drust.object(object).box.target.address());
  }
  drust::Colour colour(ObjectId object) const { return drust.object(object).box.target.colour(); }
  /// References that use the server's copy of the object as its Box knows it; nothing: no copy.
  std::optional<std::uint32_t> count(std::uint32_t server, ObjectId object) const {
    const drust::CopyTable& copies = drust.copies(NodeId(server));
    const drust::CopyId copy = copies.find(drust.object(object).box.target);
    return copy.valid() ? std::optional(copies[copy].count) : std::nullopt;
  }

  DrustEngine& drust;
};

/// CPU time to touch so many bytes on the test cluster.
inline Duration touch(Bytes length) { return testbed_server().touch(length); }
/// READ on the idle test cluster: the closed form for up to one packet.
inline Duration read_latency(Bytes size) { return 1990_ns + PerByte::ns_per_byte(0.725) * size; }

}  // namespace dsmsim::testing
