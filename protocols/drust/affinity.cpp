#include "protocols/drust/affinity.hpp"

#include <algorithm>

namespace dsmsim::drust {

void Affinity::tie(ObjectId object, ObjectId owner) {
  const ObjectId to = root(owner);
  std::vector<ObjectId> joining{object};
  if (const auto own = groups_.find(object); own != groups_.end()) {
    joining = std::move(own->second);
    groups_.erase(own);
  }
  std::vector<ObjectId>& group = groups_[to];
  if (group.empty()) {
    group.push_back(to);
  }
  group.insert(group.end(), joining.begin(), joining.end());
  for (const ObjectId each : joining) {
    roots_.resize(std::max(roots_.size(), each.index() + 1));
    roots_[each.index()] = to;
  }
}

void Affinity::dissolve(ObjectId root) {
  for (const ObjectId each : group(root)) {
    if (each != root) {
      roots_[each.index()] = ObjectId();
    }
  }
  groups_.erase(root);
  pinned_.erase(root);
}

}  // namespace dsmsim::drust
