#include "protocols/paging/sharing_options.hpp"

#include <algorithm>

#include "sim/base/error.hpp"

namespace dsmsim::paging {

void describe_sharing(config::Fields& f, SharingOptions& o, const std::string& system) {
  f.optional("sharing", o.sharing, "whether several servers compute");
  f.optional("compute_servers", o.compute_servers,
             "servers that compute, with sharing: directory; none: half of all",
             config::at_least(1));
  f.check(o.on() || o.compute_servers.value_or(1) == 1, "compute_servers",
          system +
              " does not keep writable memory coherent across compute servers; sharing: directory "
              "adds a page directory, an extension");
}

void check_unused(config::Fields& f, const SharingOptions& o, const std::string& key,
                  bool is_default) {
  f.check(!o.on() || is_default, key,
          "cannot be chosen with sharing: directory, which replaces what it is about");
}

std::uint32_t compute_servers(const SharingOptions& options, std::size_t servers,
                              const std::string& system) {
  const std::uint32_t compute = options.compute_servers.value_or(1);
  if (compute >= servers) {
    throw Misfit(options.compute_servers ? "/compute_servers" : "",
                 system + ": of " + std::to_string(servers) +
                     (servers == 1 ? " server " : " servers ") + std::to_string(compute) +
                     (compute == 1 ? " computes" : " compute") +
                     ", so none is left to hold memory");
  }
  return options.compute_servers.value_or(
      std::max<std::uint32_t>(1, static_cast<std::uint32_t>(servers / 2)));
}

}  // namespace dsmsim::paging
