#pragma once
// Which objects go together: the groups that affinity pointers make (Ma et al., OSDI'24, section
// 4.1.3: TBox). An object that another one has a TBox to lies on that one's server, is fetched with
// it and moves with it; so does what it has TBoxes to itself. A TBox on a stack keeps its object on
// the server of the stack.
//
// The table knows who belongs to whom, and nothing of time or messages. The root of a group is the
// only one that something else owns.

#include <map>
#include <set>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::drust {

class Affinity {
 public:
  /// The object at the root of its group: itself, if no other object has a TBox to it.
  ObjectId root(ObjectId object) const {
    return object.index() < roots_.size() && roots_[object.index()].valid() ? roots_[object.index()]
                                                                            : object;
  }
  bool tied(ObjectId object) const { return root(object) != object; }
  /// The whole group of the object, its root first; empty: it goes alone.
  std::vector<ObjectId> group(ObjectId object) const {
    const auto found = groups_.find(root(object));
    return found == groups_.end() ? std::vector<ObjectId>() : found->second;
  }
  /// Whether it does not go alone.
  bool grouped(ObjectId object) const { return !groups_.empty() && groups_.contains(root(object)); }
  /// `object`, the root of its group, and all that goes with it go with `owner` from now on.
  void tie(ObjectId object, ObjectId owner);
  /// The group of that root is no more.
  void dissolve(ObjectId root);

  // Roots that a stack keeps where they are.
  void pin(ObjectId root) { pinned_.insert(root); }
  void unpin(ObjectId root) { pinned_.erase(root); }
  bool pinned(ObjectId object) const { return !pinned_.empty() && pinned_.contains(root(object)); }
  const std::set<ObjectId>& pinned() const { return pinned_; }
  /// Adds those that are pinned: the rest is known from the roots of objects.
  void fingerprint(Fingerprint& into) const;

 private:
  std::vector<ObjectId> roots_;                       ///< by object; invalid: itself
  std::map<ObjectId, std::vector<ObjectId>> groups_;  ///< by root
  std::set<ObjectId> pinned_;
};

}  // namespace dsmsim::drust
