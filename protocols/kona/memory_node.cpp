// The software of memory nodes, of the rack controller, and of KLib where messages reach it: one
// worker a server that polls.

#include "protocols/kona/engine.hpp"

namespace dsmsim {

using kona::LogEntry;
using kona::MessageKind;

Duration KonaEngine::service_time(const Delivery& message) {
  const MessageKind kind = types_.kind(message.type);
  if (kind == MessageKind::slab_request) {
    return options_.costs.grant;
  }
  const Log* const there = logs_[message.to.index()].get();
  if (kind != MessageKind::log || there->is_lost()) {
    return {};
  }
  const std::uint64_t lines = there->batch(message.body.as<kona::Message>().number).lines;
  return options_.costs.receive + options_.costs.unpack * static_cast<std::int64_t>(lines);
}

Duration KonaEngine::handle(const Delivery& message) {
  const std::uint64_t number = message.body.as<kona::Message>().number;
  switch (types_.kind(message.type)) {
    case MessageKind::log:
      return apply(log_of(message.to), number);
    case MessageKind::slab_request:
      return grant(number);
    case MessageKind::slab_grant:
      requested_ -= number;
      granted_ += number;
      grants_.wake(queue());
      break;
    case MessageKind::fetch:
    case MessageKind::fetch_line:
    case MessageKind::fetch_rest:
    case MessageKind::log_ack:
    case MessageKind::page_write:
      break;  // one-sided: no software sees it
  }
  return {};
}

/// The Cache-line Log Receiver: lines go to their places, in order, and the space is given back.
Duration KonaEngine::apply(Log& there, std::uint64_t end) {
  if (there.is_lost()) {
    return {};
  }
  if (mutated("kona.apply_backwards")) {
    std::vector<LogEntry> entries;
    there.apply(end, [&](const LogEntry& entry) { entries.insert(entries.begin(), entry); });
    for (const LogEntry& entry : entries) {
      put(there.node(), entry);
    }
  } else {
    there.apply(end, [&](const LogEntry& entry) { put(there.node(), entry); });
  }
  Log* const log = &there;
  fabric_.post({.from = there.node(),
                .to = kCompute,
                .verb = Verb::write,
                .type = types_[MessageKind::log_ack],
                .payload = kona::kAckSize,
                .after = fabric_.nic().post,
                .effect = Effect([this, log, end] { acknowledge(*log, end); }),
                .body = kona::Message{.number = end}});
  return fabric_.nic().post;
}

void KonaEngine::put(NodeId node, const LogEntry& entry) {
  Contents& there = images_[node.index()][entry.block];
  if (there.lines() != blank().lines()) {
    there = blank();
  }
  put_lines(there, entry.lines, entry.contents);
}

}  // namespace dsmsim
