// What a message can find when it arrives: the situations that exploration is to meet.

#include "protocols/kona/engine.hpp"
#include "sim/base/enumeration.hpp"

namespace dsmsim {

using kona::Fetch;
using kona::MessageKind;

namespace {

enum class Situation : std::uint8_t {
  fetch_clean,
  fetch_unsent,
  fetch_sent,
  fetch_arrived,
  fetch_applied,
  fetch_merged,
  log,
  log_fetched,
  log_busy,
  ack,
  ack_room,
  ack_settled,
  page,
  page_wanted,
  rest,
  rest_wanted,
};

struct SituationRow {
  Situation situation;
  MessageKind kind;
  std::string_view found;
};
constexpr auto kSituations = std::to_array<SituationRow>({
    {Situation::fetch_clean, MessageKind::fetch, " of a block that is not in the log"},
    {Situation::fetch_unsent, MessageKind::fetch, " of a block with lines in the log, unsent"},
    {Situation::fetch_sent, MessageKind::fetch, " of a block with lines in the log, under way"},
    {Situation::fetch_arrived, MessageKind::fetch, " of a block with lines in the log, arrived"},
    {Situation::fetch_applied, MessageKind::fetch, " of a block with lines in the log, applied"},
    {Situation::fetch_merged, MessageKind::fetch, " for several threads"},
    {Situation::log, MessageKind::log, ""},
    {Situation::log_fetched, MessageKind::log, " of a block that is being fetched"},
    {Situation::log_busy, MessageKind::log, " at a receiver that is at work"},
    {Situation::ack, MessageKind::log_ack, " that nobody waits for"},
    {Situation::ack_room, MessageKind::log_ack, " that an evictor waits for"},
    {Situation::ack_settled, MessageKind::log_ack, " that a thread waits for"},
    {Situation::page, MessageKind::page_write, ""},
    {Situation::page_wanted, MessageKind::page_write, " of a page that is wanted"},
    {Situation::rest, MessageKind::fetch_rest, ""},
    {Situation::rest_wanted, MessageKind::fetch_rest, " of a block that is wanted"},
});
static_assert(is_table_of(kSituations, &SituationRow::situation));

Situation fetch_situation(kona::Place place) {
  using kona::Place;
  switch (place) {
    case Place::unsent:
      return Situation::fetch_unsent;
    case Place::sent:
      return Situation::fetch_sent;
    case Place::arrived:
      return Situation::fetch_arrived;
    case Place::applied:
      break;
  }
  return Situation::fetch_applied;
}

}  // namespace

const std::vector<std::string>& KonaEngine::situations() const {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const SituationRow& row : kSituations) {
      all.push_back(std::string(row_of(row.kind).name) + std::string(row.found));
    }
    return all;
  }();
  return names;
}

int KonaEngine::situation(const Post& post) const {
  const auto index = [](Situation situation) { return static_cast<int>(situation); };
  if (!system_.types.contain(post.type)) {
    return -1;
  }
  const auto message = post.body.as<kona::Message>();
  switch (system_.types.kind(post.type)) {
    case MessageKind::fetch:
    case MessageKind::fetch_line: {
      const Fetch* const fetch = fetch_of(message.block);
      if (fetch != nullptr && !fetch->merged.empty()) {
        return index(Situation::fetch_merged);
      }
      const Log& log = logs_.to(post.to);
      return index(log.holds(message.block) ? fetch_situation(log.place_of(message.block))
                                            : Situation::fetch_clean);
    }
    case MessageKind::log: {
      const Log& log = logs_.to(post.to);
      for (const Fetch* const fetch : fetches_) {
        if (log.concerns(message.number, fetch->block)) {
          return index(Situation::log_fetched);
        }
      }
      return index(log.works() ? Situation::log_busy : Situation::log);
    }
    case MessageKind::log_ack: {
      const Log& log = logs_.to(post.from);
      return index(!log.settled.empty() ? Situation::ack_settled
                   : log.room.empty()   ? Situation::ack
                                        : Situation::ack_room);
    }
    case MessageKind::fetch_rest: {
      const auto* const frame = static_cast<const Frame*>(mapped(kCompute, message.block));
      return index(frame != nullptr && !frame->gone.empty() ? Situation::rest_wanted
                                                            : Situation::rest);
    }
    case MessageKind::page_write: {
      const Frame* const frame = leaving(message.block);
      return index(frame == nullptr || frame->gone.empty() ? Situation::page
                                                           : Situation::page_wanted);
    }
    case MessageKind::slab_request:
    case MessageKind::slab_grant:
      break;
  }
  return -1;
}

}  // namespace dsmsim
