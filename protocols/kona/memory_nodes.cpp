#include "protocols/kona/memory_nodes.hpp"

namespace dsmsim::kona {

Contents MemoryNodes::read(NodeId node, PageNumber block) const {
  const Contents* const there = images_[node.index()].get(block);
  return there == nullptr || there->lines() != blank_.lines() ? blank_ : *there;
}

Duration MemoryNodes::unpacking(NodeId node, std::uint64_t end) const {
  const CacheLineLog& there = logs_.to(node);
  if (there.is_lost()) {
    return {};
  }
  const auto lines = static_cast<std::int64_t>(there.batch(end).lines);
  return system_.options.costs.receive + system_.options.costs.unpack * lines;
}

Duration MemoryNodes::apply(NodeId node, std::uint64_t end) {
  CacheLineLog& there = logs_.to(node);
  if (there.is_lost()) {
    return {};
  }
  if (system_.mutated("kona.apply_backwards")) {
    std::vector<LogEntry> entries;
    there.apply(end, [&](const LogEntry& entry) { entries.insert(entries.begin(), entry); });
    for (const LogEntry& entry : entries) {
      put(node, entry);
    }
  } else {
    there.apply(end, [&](const LogEntry& entry) { put(node, entry); });
  }
  CacheLineLog* const log = &there;
  system_.fabric.post({.from = node,
                       .to = kCompute,
                       .verb = Verb::write,
                       .type = system_.types[MessageKind::log_ack],
                       .payload = kAckSize,
                       .after = system_.fabric.nic().post,
                       .effect = Effect([this, log, end] { logs_.acknowledge(*log, end); }),
                       .body = Message{.number = end}});
  return system_.fabric.nic().post;
}

void MemoryNodes::put(NodeId node, const LogEntry& entry) {
  Contents& there = images_[node.index()][entry.block];
  if (there.lines() != blank_.lines()) {
    there = blank_;
  }
  put_lines(there, entry.lines, entry.contents);
}

}  // namespace dsmsim::kona
