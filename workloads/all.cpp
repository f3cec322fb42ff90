#include "workloads/all.hpp"

#include "workloads/kvstore/kvstore.hpp"

namespace dsmsim {
namespace {

template <class P, class Options>
ProgramRow row(std::string name, std::string help, std::string citation) {
  return {config::variant<Options>(std::move(name), std::move(help)), std::move(citation),
          [](const std::any& options) -> std::unique_ptr<Program> {
            return std::make_unique<P>(std::any_cast<const Options&>(options));
          }};
}

}  // namespace

std::vector<ProgramRow> all_programs() {
  return {
      row<Kvstore, KvstoreOptions>("kvstore", "array of mutex-guarded entries, GET and PUT",
                                   "Ma et al., DRust, OSDI'24, section 7"),
  };
}

}  // namespace dsmsim
