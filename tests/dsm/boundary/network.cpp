#include "tests/dsm/boundary/network.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "sim/fabric/generators.hpp"

namespace dsmsim::test {

NicProfile connectx3(const std::vector<std::string>& changes) {
  auto document = config::load(DSMSIM_SOURCE_DIR "/configs/nics/cx3-ib40.json", changes, {});
  return config::read<NicProfile>(document);
}

Topology rack(std::size_t servers) {
  using namespace literals;
  return make_single_switch({{32_Gbps, 10_ns}, {170_ns, 0}}, servers);
}

}  // namespace dsmsim::test
