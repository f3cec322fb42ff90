#include "protocols/drust/state.hpp"

#include <algorithm>

namespace dsmsim::drust {

void SharerLists::tidy(std::vector<NodeId>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::vector<NodeId> SharerLists::take(Index& list) {
  if (list == kNone) {
    return {};
  }
  std::vector<NodeId> servers;
  servers.swap(lists_[list]);
  lists_.give_back(list);
  list = kNone;
  tidy(servers);
  return servers;
}

}  // namespace dsmsim::drust
