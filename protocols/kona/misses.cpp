// Misses: from the fault to the block in FMem (Calciu et al., ASPLOS 2021, the Caching Handler).

#include <algorithm>

#include "protocols/kona/engine.hpp"

namespace dsmsim {

using kona::Fetch;
using kona::MessageKind;
using kona::Piece;
using kona::Use;
using kona::Waiters;

/// A block that is there, but not all of it, is waited for; one that is not is fetched. Whoever was
/// woken tries again whether its bytes have come.
Task<> KonaEngine::fault(Thread& thread, PageNumber block, Permission wanted) {
  const auto* const there = static_cast<Frame*>(find(kCompute, block));
  if (there != nullptr && there->partial) {
    ++system_.counters.merged;
    co_await static_cast<Frame*>(find(kCompute, block))->gone.wait(thread.id().value());
    thread.tally().charge(Category::lock_wait, queue().now());
  }
  if (pages_fault() && there == nullptr) {
    ++system_.counters.page_faults;
    co_await spend(thread, system_.options.costs.fault.trap, Category::fault);
    co_await fault_handlers_.work(system_.options.costs.fault.notify, thread.tally());
  }
  while (find(kCompute, block) == nullptr) {
    Waiters* const busy = obstacle(block);
    if (busy == nullptr) {
      co_await fetch(thread, block, wanted);
    } else {
      co_await busy->wait(thread.id().value());
      thread.tally().charge(Category::lock_wait, queue().now());
    }
  }
  if (pages_fault() && wanted == Permission::write) {
    co_await allow_writes(thread, block);
  }
}

/// A first store: the page is mapped write-protected so that it is seen (the evaluation's Kona-VM
/// baseline; two faults for each page that is fetched and written). KLib, which handles the fault,
/// does not evict the page meanwhile: else threads that share a set could fault for ever.
Task<> KonaEngine::allow_writes(Thread& thread, PageNumber block) {
  auto& frame = static_cast<Frame&>(*find(kCompute, block));
  if (frame.permission == Permission::write) {
    co_return;
  }
  const KonaFaultCosts& costs = system_.options.costs.fault;
  const std::uint32_t kept = system_.mutated("kona.evict_while_allowing") ? 0 : 1;
  frame.faults += kept;
  set_stage(thread, kAllowing);
  co_await spend(thread, costs.trap, Category::fault);
  co_await fault_handlers_.work(costs.notify + costs.protect, thread.tally());
  co_await spend(thread, costs.wake, Category::fault);
  set_stage(thread, 0);
  frame.faults -= kept;
  if (find(kCompute, block) != &frame) {  // only of a page that was not kept
    co_return;
  }
  system_.counters.write_faults += frame.permission == Permission::write ? 0 : 1;
  frame.permission = Permission::write;
  room_.wake(queue());
}

/// What the miss has to wait for before it can be tried again; null: it may fetch the block.
Waiters* KonaEngine::obstacle(PageNumber block) {
  if (Fetch* const fetch = fetch_of(block)) {
    ++system_.counters.merged;
    if (system_.mutated("kona.merge_without_data") && fetch->frame->page == block) {
      fetch->contents = blank();
      install(*fetch);
    }
    return &fetch->merged;
  }
  if (Frame* const frame = leaving(block)) {
    return &frame->gone;
  }
  if (fetches_.size() + rests_.size() >= system_.options.fetches ||
      (cache_.free_frame(block) == nullptr && cache_.victim(block, may_go) == nullptr)) {
    ++system_.counters.full_sets;
    return &room_;
  }
  return nullptr;
}

Task<> KonaEngine::fetch(Thread& thread, PageNumber block, Permission wanted) {
  Fetch fetch{.block = block,
              .thread = thread.id(),
              .frame = choose_frame(block),
              .cause = thread.tally().cause()};
  fetches_.push_back(&fetch);
  ++system_.counters.misses;
  system_.counters.write_misses += wanted == Permission::write ? 1 : 0;
  if (const std::optional<std::uint32_t> line = critical_line(thread, block)) {
    fetch.piece = Piece::line;
    fetch.line = *line;
    cluster().simulation().spawn(fetch_rest(*fetch.frame, block, *line, fetch.cause));
  }
  co_await read(fetch, &thread.tally());
  fetch.arrived = true;
  while (fetch.frame->page != block) {
    co_await fetch.frame->gone.wait(thread.id().value());
    thread.tally().charge(Category::copy, queue().now());
  }
  if (pages_fault()) {
    co_await fault_handlers_.work(system_.options.costs.fault.copy, thread.tally());
    co_await spend(thread, system_.options.costs.fault.wake, Category::fault);
  }
  install(fetch);
  std::erase(fetches_, &fetch);
  fetch.merged.wake(queue());
  room_.wake(queue());
}

/// Beside the READ of the critical line, and behind it on the queue pair. Only if that one has
/// failed can this one end first.
Task<> KonaEngine::fetch_rest(Frame& frame, PageNumber block, std::uint32_t line, Cause cause) {
  Fetch rest{.block = block, .frame = &frame, .cause = cause, .piece = Piece::rest, .line = line};
  rests_.push_back(&rest);
  co_await read(rest, nullptr);
  rest.arrived = true;
  while (frame.use != Use::partial) {
    co_await fetch_of(block)->merged.wait(~block.value());
  }
  install_rest(rest);
  std::erase(rests_, &rest);
  room_.wake(queue());
}

/// The one that the thread's operation needs of the block, if it is no more than one.
std::optional<std::uint32_t> KonaEngine::critical_line(const Thread& thread,
                                                       PageNumber block) const {
  if (!system_.options.critical_line_first || shape().lines() == 1) {
    return std::nullopt;
  }
  const Op& op = *thread.waiting_in();
  const bool bytes = is_data(op.kind);
  const bool word = is_atomic(op.kind);
  const Bytes begin = address_of(op.object) + (bytes || word ? op.offset : Bytes());
  const Bytes end = begin + std::max(Bytes(1), bytes ? op.length : Bytes(8));
  const Bytes first = std::max(begin, shape().start_of(block));
  const Bytes last = std::min(end, shape().start_of(block) + system_.options.block) - Bytes(1);
  const std::uint32_t line = shape().line_of(shape().offset_of(first));
  return line == shape().line_of(shape().offset_of(last)) ? std::optional(line) : std::nullopt;
}

bool KonaEngine::has_come(const paging::Frame& frame, Bytes offset, Bytes length) const {
  const std::uint32_t line = static_cast<const Frame&>(frame).line;
  return system_.mutated("kona.use_rest_early") ||
         (shape().line_of(offset) == line &&
          shape().line_of(offset + std::max(length, Bytes(1)) - Bytes(1)) == line);
}

/// Reserved for the block; if it holds another one, that is on its way out.
KonaEngine::Frame* KonaEngine::choose_frame(PageNumber block) {
  Frame* frame = cache_.free_frame(block);
  if (frame != nullptr) {
    frame->page = block;
    frame->use = Use::reserved;
    return frame;
  }
  frame = cache_.victim(block, may_go);
  expel(*frame, block);
  return frame;
}

void KonaEngine::install(Fetch& fetch) {
  Frame& frame = *fetch.frame;
  const bool whole = fetch.piece == Piece::block;
  frame.data.forget();
  if (system_.options.fetch.model != KonaFetch::flat) {
    frame.data.came(traffic(), fetch.cause, system_.options.block);
  }
  frame.contents = whole ? fetch.contents : blank();
  put_piece(frame, fetch);
  frame.dirty = clean();
  frame.tracked = clean();
  frame.order = next_order();
  frame.use = whole ? Use::resident : Use::partial;
  frame.partial = !whole;
  frame.line = fetch.line;
  frame.permission = pages_fault() ? Permission::read : Permission::write;
  map(kCompute, frame);
}

void KonaEngine::install_rest(Fetch& rest) {
  Frame& frame = *rest.frame;
  put_piece(frame, rest);
  frame.use = Use::resident;
  frame.partial = false;
  frame.gone.wake(queue());
}

/// Its lines, and what the log has of them. Contents of one name are the whole block's, which comes
/// with the critical line.
void KonaEngine::put_piece(Frame& frame, Fetch& fetch) const {
  if (fetch.newer) {
    put_lines(fetch.contents, *fetch.newer, fetch.newer_contents);
  }
  for (std::uint32_t line = 0; line < frame.contents.lines(); ++line) {
    const bool critical = line == fetch.line || frame.contents.lines() == 1;
    if (fetch.piece == Piece::block || critical == (fetch.piece == Piece::line) ||
        system_.mutated("kona.rest_over_stores")) {
      frame.contents[line] = fetch.contents[line];
    }
  }
}

Fetch* KonaEngine::fetch_of(PageNumber block) const {
  const auto found = std::find_if(fetches_.begin(), fetches_.end(),
                                  [block](const Fetch* fetch) { return fetch->block == block; });
  return found == fetches_.end() ? nullptr : *found;
}

// ---- remote memory

/// From the first memory node that has the block; from another one if that fails.
Task<> KonaEngine::read(Fetch& fetch, Tally* tally) {
  const std::uint64_t who = fetch.thread.valid() ? fetch.thread.value() : ~fetch.block.value();
  for (bool failed = true; failed;) {
    Log& there = logs_.to(holders(fetch.block).front());
    while (system_.options.refetch == KonaRefetch::wait && there.holds(fetch.block) &&
           !ignores_log(there, fetch.block)) {
      logs_.flush(there);
      co_await there.settled.wait(who);
      charge(tally, Category::acks, queue().now());
    }
    if (there.is_lost()) {
      continue;
    }
    fetch.newer.reset();
    if (there.holds(fetch.block) && !ignores_log(there, fetch.block)) {
      system_.counters.from_log += fetch.piece == Piece::rest ? 0 : 1;
      there.overlay(fetch);
    }
    co_await read_once(fetch, there.node(), tally, failed);
  }
}

bool KonaEngine::ignores_log(const Log& there, PageNumber block) const {
  return system_.mutated("kona.refetch_past_log") ||
         (system_.mutated("kona.ack_before_applied") &&
          there.place_of(block) == kona::Place::arrived);
}

Task<> KonaEngine::read_once(Fetch& fetch, NodeId holder, Tally* tally, bool& failed) {
  static constexpr MessageKind kKinds[] = {MessageKind::fetch, MessageKind::fetch_line,
                                           MessageKind::fetch_rest};
  failed = false;
  if (system_.options.fetch.model == KonaFetch::flat) {
    const Bytes size = fetch.piece == Piece::line ? kona::kLine : system_.options.block;
    co_await queue().delay(system_.options.fetch.latency(size));
    fetch.contents = nodes_.read(holder, fetch.block);
    charge(tally, Category::wire, queue().now());
    co_return;
  }
  Fabric::Operation operation = system_.fabric.perform(
      {.from = kCompute,
       .to = holder,
       .verb = Verb::read,
       .type = system_.types[kKinds[static_cast<std::size_t>(fetch.piece)]],
       .payload = piece_size(fetch.piece),
       .data = {fetch.cause, piece_size(fetch.piece)},
       .tally = tally,
       .effect =
           Effect([this, &fetch, holder] { fetch.contents = nodes_.read(holder, fetch.block); }),
       .body = kona::Message{.block = fetch.block}});
  failed = co_await operation == Fabric::kFailed;
}

Bytes KonaEngine::piece_size(Piece piece) const {
  switch (piece) {
    case Piece::line:
      return kona::kLine;
    case Piece::rest:
      return system_.options.block - kona::kLine;
    case Piece::block:
      break;
  }
  return system_.options.block;
}

}  // namespace dsmsim
