#include "protocols/gam/situations.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "protocols/gam/node.hpp"
#include "sim/base/enumeration.hpp"

namespace dsmsim::gam {
namespace {

/// What a message meets.
enum class Met : std::uint8_t {
  home_unshared,
  home_shared,
  home_dirty,
  home_to_dirty,
  home_to_shared,
  home_to_unshared,
  home_locked,  ///< not in transition, and the request is in conflict with a lock
  absent,
  shared,
  shared_locked,  ///< the order is in conflict with a lock
  dirty,
  dirty_locked,
  to_shared,
  to_dirty,
  to_dirty_locked,
  half_handed_over,  ///< to_dirty, and the other of data and home's word has come
  to_invalid,
};
struct MetRow {
  Met met;
  std::string_view words;
};
constexpr auto kMet = std::to_array<MetRow>({
    {Met::home_unshared, "home unshared"},
    {Met::home_shared, "home shared"},
    {Met::home_dirty, "home dirty"},
    {Met::home_to_dirty, "home to_dirty"},
    {Met::home_to_shared, "home to_shared"},
    {Met::home_to_unshared, "home to_unshared"},
    {Met::home_locked, "home, locked"},
    {Met::absent, "no line"},
    {Met::shared, "shared"},
    {Met::shared_locked, "shared, locked"},
    {Met::dirty, "dirty"},
    {Met::dirty_locked, "dirty, locked"},
    {Met::to_shared, "to_shared"},
    {Met::to_dirty, "to_dirty"},
    {Met::to_dirty_locked, "to_dirty, locked"},
    {Met::half_handed_over, "to_dirty, half way"},
    {Met::to_invalid, "to_invalid"},
});
static_assert(is_table_of(kMet, &MetRow::met));

struct Row {
  MessageKind kind;
  bool failed;
  std::initializer_list<Met> met;
};

using K = MessageKind;
const Row kRows[] = {
    {K::read,
     false,
     {Met::home_unshared, Met::home_shared, Met::home_dirty, Met::home_to_dirty,
      Met::home_to_shared, Met::home_to_unshared, Met::home_locked}},
    {K::write,
     false,
     {Met::home_unshared, Met::home_shared, Met::home_dirty, Met::home_to_dirty,
      Met::home_to_shared, Met::home_to_unshared, Met::home_locked}},
    {K::write_permission_only,
     false,
     {Met::home_shared, Met::home_to_dirty, Met::home_to_shared, Met::home_to_unshared,
      Met::home_locked}},
    {K::active_invalidate,
     false,
     {Met::home_shared, Met::home_to_dirty, Met::home_to_shared, Met::home_to_unshared}},
    {K::write_back_data,
     false,
     {Met::home_dirty, Met::home_to_dirty, Met::home_to_shared, Met::home_to_unshared}},
    {K::write_back,
     false,
     {Met::home_dirty, Met::home_to_dirty, Met::home_to_shared, Met::home_to_unshared}},
    {K::fetch_and_shared, false, {Met::dirty, Met::dirty_locked, Met::to_dirty, Met::to_invalid}},
    {K::fetch_and_invalidate,
     false,
     {Met::dirty, Met::dirty_locked, Met::to_dirty, Met::to_invalid}},
    {K::read_forward, false, {Met::dirty, Met::dirty_locked, Met::to_dirty, Met::to_invalid}},
    {K::write_forward, false, {Met::dirty, Met::dirty_locked, Met::to_dirty, Met::to_invalid}},
    {K::invalidate,
     false,
     {Met::absent, Met::shared, Met::shared_locked, Met::to_shared, Met::to_dirty,
      Met::to_dirty_locked, Met::to_invalid}},
    {K::invalidate_forward,
     false,
     {Met::absent, Met::shared, Met::shared_locked, Met::to_shared, Met::to_dirty,
      Met::to_dirty_locked, Met::to_invalid}},
    {K::grant_data, false, {Met::to_dirty}},
    {K::write_reply, false, {Met::to_dirty}},
    {K::write_reply,
     true,
     {Met::to_dirty, Met::half_handed_over, Met::home_to_dirty, Met::home_to_unshared}},
    {K::read_reply, true, {Met::to_shared, Met::home_to_shared}},
    {K::data_reply, false, {Met::to_shared, Met::to_dirty, Met::half_handed_over}},
    {K::ownership_ack, false, {Met::to_dirty, Met::half_handed_over}},
    {K::fetched_data, false, {Met::home_to_shared, Met::home_to_unshared}},
    {K::home_copy, false, {Met::home_to_shared}},
    {K::invalidate_ack, false, {Met::home_to_dirty, Met::home_to_unshared}},
    {K::forward_ack, false, {Met::home_to_dirty}},
    {K::write_back_ack, false, {Met::to_invalid}},
};

bool in_conflict(MessageKind kind, const LockTable& locks) {
  const bool reads = kind == K::read || leaves_a_copy(kind);
  return reads ? locks.exclusive() : !locks.empty();
}

Met at_home(MessageKind kind, const DirectoryEntry* entry) {
  if (entry == nullptr) {
    return Met::home_unshared;
  }
  if (is_request(kind) && !is_transient(entry->state) && entry->state != DirectoryState::dirty &&
      in_conflict(kind, entry->locks)) {
    return Met::home_locked;
  }
  switch (entry->state) {
    case DirectoryState::unshared:
      return Met::home_unshared;
    case DirectoryState::shared:
      return Met::home_shared;
    case DirectoryState::dirty:
      return Met::home_dirty;
    case DirectoryState::to_dirty:
      return Met::home_to_dirty;
    case DirectoryState::to_shared:
      return Met::home_to_shared;
    case DirectoryState::to_unshared:
      break;
  }
  return Met::home_to_unshared;
}

Met at_cache(const Message& message, const Line* line, const Node& node) {
  if (line == nullptr) {
    return Met::absent;
  }
  const bool locked = is_order(message.kind) && in_conflict(message.kind, line->locks);
  switch (line->state) {
    case LineState::shared:
      return locked ? Met::shared_locked : Met::shared;
    case LineState::dirty:
      return locked ? Met::dirty_locked : Met::dirty;
    case LineState::to_shared:
      return Met::to_shared;
    case LineState::to_invalid:
      return Met::to_invalid;
    case LineState::to_dirty:
      break;
  }
  if (is_order(message.kind)) {
    return locked && is_invalidation(message.kind) ? Met::to_dirty_locked : Met::to_dirty;
  }
  const Transaction& transaction = node.transactions()[line->transaction];
  return transaction.data_arrived || transaction.home_agreed ? Met::half_handed_over
                                                             : Met::to_dirty;
}

}  // namespace

const std::vector<std::string>& situations() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Row& row : kRows) {
      for (const Met met : row.met) {
        all.push_back(std::string(row_of(row.kind).name) + (row.failed ? " (refusal)" : "") +
                      " at " + std::string(kMet[static_cast<std::size_t>(met)].words));
      }
    }
    return all;
  }();
  return names;
}

int situation(const Post& post, const Node& target) {
  const auto message = post.body.as<Message>();
  // An answer names the transaction that it belongs to, and that the block.
  const bool answers = !message.block.valid();
  const GlobalAddress block = answers ? target.transactions()[message.id].block : message.block;
  const Met met = block.home() == target.id()
                      ? at_home(message.kind, target.directory().find(block))
                      : at_cache(message, target.cache().find(block), target);
  int index = 0;
  for (const Row& row : kRows) {
    if (row.kind == message.kind && row.failed == message.failed) {
      const auto* const found = std::find(row.met.begin(), row.met.end(), met);
      return found == row.met.end() ? -1 : index + static_cast<int>(found - row.met.begin());
    }
    index += static_cast<int>(row.met.size());
  }
  return -1;
}

}  // namespace dsmsim::gam
