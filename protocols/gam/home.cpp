// This server as a home: requests of other servers and the answers of those that it turns to
// (gam/src/remote_request_cache.cc:3-87 and 278-469, remote_request.cc, pending_request.cc).

#include <algorithm>

#include "protocols/gam/home_side.hpp"
#include "protocols/gam/placement.hpp"

namespace dsmsim::gam {

void HomeSide::serve(const Request& request, Handler handler, Step& step) {
  DirectoryEntry* const entry = directory_.find(request.message.block);
  if (entry != nullptr && is_transient(entry->state)) {
    wait(request);
    return;
  }
  (this->*handler)(request, entry, step);
}

void HomeSide::on_read(const Request& request, DirectoryEntry* entry, Step& step) {
  const Message& message = request.message;
  if (entry != nullptr && entry->state == DirectoryState::dirty) {
    entry->state = DirectoryState::to_shared;
    forward(request, *entry, MessageKind::read_forward, step);
    return;
  }
  if (entry != nullptr && entry->locks.exclusive()) {
    message.try_lock ? refuse(request, step) : wait(request);
    return;
  }
  DirectoryEntry& shared = entry != nullptr ? *entry : directory_.find_or_make(message.block);
  shared.state = DirectoryState::shared;
  shared.sharers.push_back({request.from, message.buffer});
  send_block(request.from,
             {.kind = MessageKind::data_reply,
              .id = message.id,
              .buffer = message.buffer,
              .block = message.block},
             memory_.version(message.block), cause_of(message), request.tally, step);
}

void HomeSide::on_write(const Request& request, DirectoryEntry* entry, Step& step) {
  if (entry == nullptr) {
    grant(request, directory_.find_or_make(request.message.block), true, step);
  } else if (entry->state == DirectoryState::dirty) {
    entry->state = DirectoryState::to_dirty;
    forward(request, *entry, MessageKind::write_forward, step);
  } else if (!entry->locks.empty()) {
    request.message.try_lock ? refuse(request, step) : wait(request);
  } else {
    invalidate_others(request, *entry, step);
  }
}

void HomeSide::invalidate_others(const Request& request, DirectoryEntry& entry, Step& step) {
  const Message& message = request.message;
  if (mutated("gam.skip_invalidation") && entry.owner().server != request.from) {
    entry.sharers.erase(entry.sharers.begin());
  }
  const auto others = std::count_if(entry.sharers.begin(), entry.sharers.end(),
                                    [&](const Sharer& s) { return s.server != request.from; });
  if (others == 0) {
    grant(request, entry, needs_data(request, entry), step);
    return;
  }
  Transaction& transaction =
      begin(Transaction::Role::forward, MessageKind::invalidate_forward, message.block);
  transaction.request = request;
  transaction.unanswered = static_cast<std::uint32_t>(others);
  entry.state = DirectoryState::to_dirty;
  entry.transaction = transaction.slot;
  for (const Sharer& sharer : entry.sharers) {
    if (sharer.server != request.from) {
      send(sharer.server,
           {.kind = MessageKind::invalidate_forward,
            .lock = message.lock,
            .try_lock = message.try_lock,
            .requester = request.from,
            .id = transaction.slot,
            .requester_id = message.id,
            .buffer = sharer.buffer,
            .block = message.block},
           others == 1 ? request.tally : nullptr, step);
    }
  }
}

/// A dirty block's owner is to answer the requester.
void HomeSide::forward(const Request& request, DirectoryEntry& entry, MessageKind kind,
                       Step& step) {
  const Message& message = request.message;
  Transaction& transaction = begin(Transaction::Role::forward, kind, message.block);
  transaction.request = request;
  transaction.unanswered = 1;
  entry.transaction = transaction.slot;
  send(entry.owner().server,
       {.kind = kind,
        .lock = message.lock,
        .try_lock = message.try_lock,
        .requester = request.from,
        .id = transaction.slot,
        .requester_id = message.id,
        .buffer = message.buffer,
        .block = message.block},
       request.tally, step);
  if (kind == MessageKind::write_forward && mutated("gam.early_ownership")) {
    send(request.from, {.kind = MessageKind::ownership_ack, .id = message.id}, nullptr, step);
  }
}

/// A requester that only upgrades has the data, unless its copy was invalidated meanwhile.
bool HomeSide::needs_data(const Request& request, const DirectoryEntry& entry) const {
  return request.message.kind == MessageKind::write ||
         (!entry.shared_by(request.from) && !mutated("gam.stale_upgrade"));
}

void HomeSide::grant(const Request& request, DirectoryEntry& entry, bool with_data, Step& step) {
  const Message& message = request.message;
  if (with_data) {
    send_block(request.from,
               {.kind = MessageKind::grant_data, .buffer = message.buffer, .block = message.block},
               memory_.version(message.block), cause_of(message), nullptr, step);
  }
  send(request.from, {.kind = MessageKind::write_reply, .id = message.id}, request.tally, step);
  entry.state = DirectoryState::dirty;
  entry.sharers.clear();
  entry.sharers.push_back({request.from, message.buffer});
}

void HomeSide::on_clean_eviction(const Request& request, DirectoryEntry* entry, Step&) {
  if (entry == nullptr || entry->state != DirectoryState::shared ||
      mutated("gam.keep_evicted_sharer") || !entry->clear({request.from, request.message.buffer})) {
    ++counters_.late_evictions;
    return;
  }
  if (entry->sharers.empty()) {
    entry->state = DirectoryState::unshared;
    directory_.drop_if_idle(*entry);
  }
}

/// The data has been written before this message came.
void HomeSide::on_write_back(const Request& request, DirectoryEntry* entry, Step& step) {
  if (entry == nullptr || !entry->clear({request.from, request.message.buffer})) {
    ++counters_.late_evictions;
  } else if (entry->sharers.empty()) {
    entry->state = DirectoryState::unshared;
    directory_.drop_if_idle(*entry);
  }
  send(request.from, {.kind = MessageKind::write_back_ack, .id = request.message.id}, nullptr,
       step);
}

/// Of an owner or a sharer, in a transaction of this home.
void HomeSide::on_answer(Transaction& transaction, const Request& request, Step& step) {
  DirectoryEntry& entry = *directory_.find(transaction.block);
  if (request.message.failed) {
    transaction.failed = true;
  } else if (request.message.kind == MessageKind::invalidate_ack) {
    entry.remove(request.from);
  }
  if (--transaction.unanswered > 0 && !mutated("gam.early_grant")) {
    return;
  }
  if (transaction.role == Transaction::Role::home) {
    end_home_access(transaction, entry, step);
  } else {
    end_forward(transaction, entry, step);
  }
}

void HomeSide::end_forward(Transaction& transaction, DirectoryEntry& entry, Step& step) {
  const Request request = transaction.request;
  const bool failed = transaction.failed;
  const MessageKind sent = transaction.sent;
  const Sharer requester{request.from, request.message.buffer};
  end(transaction);
  if (sent == MessageKind::read_forward) {
    entry.state = failed ? DirectoryState::dirty : DirectoryState::shared;
    if (!failed) {
      entry.sharers.push_back(requester);
    }
  } else if (sent == MessageKind::write_forward) {
    entry.state = DirectoryState::dirty;
    if (!failed) {
      entry.sharers.clear();
      entry.sharers.push_back(requester);
    }
    // The data, or the refusal, is on the requester's critical path; this is what it waits for
    // then.
    if (!mutated("gam.early_ownership")) {
      send(request.from, {.kind = MessageKind::ownership_ack, .id = request.message.id}, nullptr,
           step);
    }
  } else {
    charge(request.tally, Category::acks, now());
    if (failed) {
      entry.state = DirectoryState::shared;
      refuse(request, step);
    } else {
      grant(request, entry, needs_data(request, entry), step);
    }
  }
  drain(entry.block, step);
}

// ---- allocation

void HomeSide::on_malloc(const Request& request, Step& step) {
  desk_.allocate(step);
  send(request.from,
       {.kind = MessageKind::malloc_reply,
        .id = request.message.id,
        .block = system_.memory.allocate_at(id_, request.message.size)},
       request.tally, step);
}

void HomeSide::on_free(const Message& message, Step& step) {
  desk_.allocate(step);
  system_.memory.release(message.block, message.size);
}

}  // namespace dsmsim::gam
