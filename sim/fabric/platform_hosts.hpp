#pragma once
// Which hosts of a platform file become servers, and in which order (platform_xml.hpp).

#include <cstddef>
#include <string>
#include <vector>

namespace dsmsim {

struct HostChoice {
  std::vector<std::size_t> hosts;  ///< indices into the names, by server
  std::string mistake;             ///< about the first wish that cannot be met; "": none
};

/// Names of hosts, or patterns as for files (node-*, rack?-[0-7]), each of which stands for all
/// that it matches in the order of their names; numbers in names count by value: node-2 before
/// node-10. A host that an earlier wish has brought is not taken again. No wish: all hosts.
HostChoice choose_hosts(const std::vector<std::string>& names,
                        const std::vector<std::string>& wishes);

}  // namespace dsmsim
