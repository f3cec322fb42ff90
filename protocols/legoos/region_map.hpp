#pragma once
// The pComponent's map of vRegions: which memory server a page belongs to, as it was told last.

#include "protocols/legoos/address_space.hpp"

namespace dsmsim::legoos {

class RegionMap {
 public:
  explicit RegionMap(const AddressSpace& space) : space_(space), owners_(space.owners()) {}

  NodeId owner(PageNumber page) const {
    return owners_[(kPage * page.value()).count() / kRegion.count()];
  }
  /// A reply has brought the map as it is now.
  void refresh() { owners_ = space_.owners(); }

  void fingerprint(Fingerprint& into) const {
    const auto& [space, owners] = *this;
    for (std::size_t region = 0; region < owners.size(); ++region) {
      if (owners[region].valid()) {
        into.add(region, owners[region]);
      }
    }
  }

 private:
  const AddressSpace& space_;
  std::vector<NodeId> owners_;
};

}  // namespace dsmsim::legoos
