#include "protocols/all.hpp"

#include "protocols/gam/engine.hpp"

namespace dsmsim {
namespace {

template <class E, class Options>
ProtocolRow row(std::string name, std::string help, std::string citation) {
  return {config::variant<Options>(std::move(name), std::move(help)), std::move(citation), false,
          [](EngineContext context, const std::any& options) -> std::unique_ptr<Engine> {
            return std::make_unique<E>(context, std::any_cast<const Options&>(options));
          }};
}

}  // namespace

std::vector<ProtocolRow> all_protocols() {
  return {
      row<GamEngine, GamOptions>("gam", "directory protocol with a cache on every server",
                                 "Cai et al., GAM, PVLDB 11(11), 2018"),
  };
}

}  // namespace dsmsim
