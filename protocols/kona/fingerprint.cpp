// What of Kona's state goes into a fingerprint (sim/dsm/contract/fingerprint.hpp): everything that
// decides what happens next while nothing takes time. So neither counters nor clocks, nor what is
// counted for whom. Of numbers of log entries only their distance counts.

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "protocols/kona/engine.hpp"

namespace dsmsim {
namespace kona {
namespace {

void add(Fingerprint& into, const DirtyLines& lines) {
  for (std::uint32_t i = 0; i < lines.words().lines(); ++i) {
    into.add(lines.words()[i]);
  }
}

void add(Fingerprint& into, const Contents& contents) {
  for (std::uint32_t i = 0; i < contents.lines(); ++i) {
    into.add(contents[i]);
  }
}

void add(Fingerprint& into, const LogEntry& entry) {
  const auto& [block, lines, contents, size, data] = entry;  // size follows from lines
  into.add(block.value());
  add(into, lines);
  add(into, contents);
}

/// How many lines, of what size, follows from the entries.
void add(Fingerprint& into, const LogBatch& batch, std::uint64_t first) {
  const auto& [end, size, data, lines, place] = batch;
  into.add(end - first, place);
}

/// Its frame is the one that is reserved for the block.
void add(Fingerprint& into, const Fetch& fetch) {
  const auto& [block, thread, frame, cause, piece, line, contents, newer, newer_contents, arrived,
               merged] = fetch;
  into.add(block, thread, piece, line, arrived, newer.has_value());
  add(into, contents);
  if (newer) {
    add(into, *newer);
    add(into, newer_contents);
  }
  merged.fingerprint(into);
}

void add(Fingerprint& into, const std::vector<Fetch*>& fetches) {
  boost::container::small_vector<const Fetch*, 8> sorted(fetches.begin(), fetches.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const Fetch* a, const Fetch* b) { return a->block < b->block; });
  for (const Fetch* const fetch : sorted) {
    add(into, *fetch);
  }
  into.add(sorted.size());
}

void add(Fingerprint& into, const FmemState& frame) {
  const auto& [use, next, line, writes, faults, tracked, gone] = frame;
  into.add(use, next, line, writes, faults);
  add(into, tracked);
  gone.fingerprint(into);
}

}  // namespace

/// Which blocks have entries follows from these, and what is unsent; the totals count.
void CacheLineLog::fingerprint(Fingerprint& into) const {
  const auto& [waiting_for_room, waiting_for_block, armed, armed_for, since, node, capacity, used,
               entries, batches, first, unsent, of_block, totals, lost] = *this;
  into.add(used, armed, lost, armed_for == next_batch());
  for (const LogEntry& entry : entries) {
    add(into, entry);
  }
  into.add(entries.size());
  for (const LogBatch& batch : batches) {
    add(into, batch, first);
  }
  into.add(batches.size());
  waiting_for_room.fingerprint(into);
  waiting_for_block.fingerprint(into);
}

void MemoryNodes::fingerprint(Fingerprint& into) const {
  const auto& [system, logs, blank, images] = *this;
  for (const Image& image : images) {
    image.for_each([&into](PageNumber block, const Contents& contents) {
      into.add(block.value());
      add(into, contents);
    });
    into.add(0);
  }
}

/// Which servers have which slabs follows from how many have been granted, and who is lost.
void Slabs::fingerprint(Fingerprint& into) const {
  const auto& [system, controller, classes, table, heap, grants, granted, requested] = *this;
  grants.fingerprint(into);
  into.add(granted, requested);
  heap.fingerprint(into);
}

}  // namespace kona

/// Coroutines stand where these say that they stand: a thread's in a list of those that wait, or at
/// the READ that is under way with its tally; an eviction's at its frame's use.
void KonaEngine::fingerprint(Fingerprint& into) const {
  fingerprint_references(into);
  fingerprint_frames(into);
  kona::add(into, fetches_);
  kona::add(into, rests_);
  for (const auto& log : logs_.all()) {
    log->fingerprint(into);
  }
  nodes_.fingerprint(into);
  room_.fingerprint(into);
  slabs_.fingerprint(into);
}

/// Of the order in which frames were used only the sequence counts, not the numbers.
void KonaEngine::fingerprint_frames(Fingerprint& into) const {
  cache_.for_each([&](const Frame& frame) {
    std::uint64_t older = 0;
    cache_.for_each([&](const Frame& other) { older += other.order < frame.order ? 1 : 0; });
    fingerprint_frame(frame, into);
    into.add(older);
    kona::add(into, static_cast<const kona::FmemState&>(frame));
  });
  for (const Frame* const frame : evictions_) {
    into.add(frame->page.value());
  }
  into.add(evictions_.size());
}

void KonaEngine::fingerprint(const Post& post, Fingerprint& into) const {
  if (!system_.types.contain(post.type)) {  // of one thread to another
    into.add(post.body.bytes());
    return;
  }
  auto [block, number] = post.body.as<kona::Message>();
  const kona::MessageKind kind = system_.types.kind(post.type);
  if (kind == kona::MessageKind::log || kind == kona::MessageKind::log_ack) {
    number -= logs_.to(kind == kona::MessageKind::log ? post.to : post.from).first();
  }
  into.add(block, number);
}

}  // namespace dsmsim
