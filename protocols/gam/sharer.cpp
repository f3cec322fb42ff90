// This server as owner or sharer of another home's block: what that home orders
// (gam/src/remote_request_cache.cc:89-202 and 471-689).

#include <stdexcept>
#include <string>

#include "protocols/gam/cache_side.hpp"

namespace dsmsim::gam {
namespace {

[[noreturn]] void unexpected(const Message& message, const std::string& state) {
  throw std::logic_error(std::string(row_of(message.kind).name) + " for block " +
                         to_string(message.block.offset()) + " of server " +
                         std::to_string(message.block.home().value()) + " met " + state);
}

}  // namespace

/// First what a transient line demands, then what locks demand, then the order itself.
void CacheSide::on_order(const Request& request, Step& step) {
  const Message& message = request.message;
  const bool invalidation = is_invalidation(message.kind);
  Line* const line = cache_.find(message.block);
  if (line == nullptr) {
    if (!invalidation) {
      unexpected(message, "no copy");
    }
    acknowledge(request, step);  // evicted; home will learn of it
    return;
  }
  switch (line->state) {
    case LineState::to_shared:
      if (leaves_a_copy(message.kind)) {
        unexpected(message, "a line without data");
      }
      if (invalidation && message.buffer != line->buffer() && !system_.options.confuse_copies) {
        acknowledge(request,
                    step);  // it means a copy that was evicted before this one was asked for
      } else {
        wait(request);  // it has overtaken the data
      }
      return;
    case LineState::to_dirty:
      invalidation ? invalidate_upgrade(request, *line, step) : wait(request);
      return;
    case LineState::to_invalid:
      invalidation ? acknowledge(request, step) : give(request, *line, false, step);
      return;
    case LineState::shared:
    case LineState::dirty:
      break;
  }
  const bool in_the_way =
      line->locks.exclusive() || (!leaves_a_copy(message.kind) && !line->locks.empty());
  if (in_the_way && !mutated("gam.ignore_locks")) {
    message.try_lock ? refuse(request, step) : wait(request);
    return;
  }
  if (invalidation != (line->state == LineState::shared)) {
    unexpected(message, invalidation ? "a dirty line" : "a shared line");
  }
  obey(request, *line, step);
}

void CacheSide::obey(const Request& request, Line& line, Step& step) {
  const MessageKind kind = request.message.kind;
  if (leaves_a_copy(kind)) {
    give(request, line, false, step);
    line.state = LineState::shared;
    line.data.clean();  // home has it
    return;
  }
  ++counters_.invalidated;
  if (is_invalidation(kind)) {
    if (mutated("gam.late_invalidation")) {
      system_.simulation.spawn(drop_late(line));
    } else if (!mutated("gam.keep_copy")) {
      cache_.drop(line);
    }
    acknowledge(request, step);
    return;
  }
  line.unlink();
  line.state = LineState::to_invalid;
  cache_.begin_leaving();
  give(request, line, true, step);
}

/// This server waits for a write permission, and somebody else gets it first. It must not make home
/// wait, for home makes it wait ("deadlock case 1" and, under a read lock, "case 3" in the code).
void CacheSide::invalidate_upgrade(const Request& request, Line& line, Step& step) {
  if (!line.locks.empty()) {
    if (request.message.try_lock) {
      refuse(request, step);
      return;
    }
    if (!system_.options.ack_locked_upgrade) {
      wait(request);
      return;
    }
  }
  line.lost = true;
  acknowledge(request, step);
}

/// Sends the block to whoever is to have it. `signalled`: this copy dies when it has left.
void CacheSide::give(const Request& request, Line& line, bool signalled, Step& step) {
  const Message& message = request.message;
  const NodeId home = request.from;
  const bool forwarded = message.requester.valid();
  const NodeId to = forwarded ? message.requester : home;
  const Message data =
      forwarded
          ? Message{.kind = MessageKind::data_reply,
                    .id = message.requester_id,
                    .buffer = message.buffer,
                    .block = message.block}
          : Message{.kind = MessageKind::fetched_data, .id = message.id, .block = message.block};
  if (signalled) {
    ship(to, data, line, cause_of(message), request.tally, step);
  } else {
    send_block(to, data, line.version, cause_of(message), request.tally, step);
  }
  if (message.kind == MessageKind::read_forward && mutated("gam.lose_home_copy")) {
    send(home, {.kind = MessageKind::home_copy, .id = message.id}, nullptr, step);
  } else if (message.kind == MessageKind::read_forward) {
    send_block(home, {.kind = MessageKind::home_copy, .id = message.id, .block = message.block},
               line.version, line.data.leave(*system_.traffic, system_.options.block), nullptr,
               step);
  } else if (message.kind == MessageKind::write_forward) {
    send(home, {.kind = MessageKind::forward_ack, .id = message.id}, nullptr, step);
  }
}

/// As send_block(), and tells the worker when the block has left this server.
void CacheSide::ship(NodeId to, const Message& message, Line& line, Cause cause, Tally* tally,
                     Step& step) {
  const std::uint32_t slot = shipments_.take();
  Shipment& shipment = shipments_[slot];
  shipment.buffer = line.buffer();
  shipment.task = port_.ship_block(to, message, line.version, cause, tally, {slot}, step);
  shipment.task.await_suspend(std::noop_coroutine()).resume();  // posts now, in order
}

void CacheSide::acknowledge(const Request& request, Step& step) {
  if (mutated("gam.lose_acknowledgement")) {
    return;
  }
  if (mutated("gam.duplicate_acknowledgement")) {
    send(request.from, {.kind = MessageKind::invalidate_ack, .id = request.message.id}, nullptr,
         step);
  }
  send(request.from, {.kind = MessageKind::invalidate_ack, .id = request.message.id}, request.tally,
       step);
}

/// Of a mutant. The line may have gone otherwise by then.
Task<> CacheSide::drop_late(Line& line) {
  const BufferId buffer = line.buffer();
  const GlobalAddress block = line.block;
  co_await system_.simulation.delay(system_.options.eviction_period);
  if (cache_.find(block) == &line && line.buffer() == buffer && line.state == LineState::shared &&
      line.locks.empty()) {
    cache_.drop(line);
  }
}

}  // namespace dsmsim::gam
