#include "protocols/paging/directory.hpp"

#include <algorithm>

namespace dsmsim::paging {
namespace {

using Kind = PageMessageKind;

}  // namespace

Directory::Directory(const Setting& setting)
    : cluster_(setting.cluster),
      queue_(setting.cluster.simulation().queue()),
      shape_(setting.shape),
      holder_(setting.holder),
      homes_(setting.homes),
      pages_per_home_(setting.pages_per_home),
      upgrades_(setting.upgrades),
      dirty_lines_only_(setting.dirty_lines_only),
      blank_(setting.blank),
      clean_(setting.clean),
      mutant_(setting.mutant),
      faults_(setting.cluster.servers()),
      leaving_(setting.cluster.servers()) {
  if (cluster_.has_fabric()) {
    types_ = MessageTypes<Kind>(cluster_.fabric().ledger());
  }
}

Directory::Entry& Directory::entry(PageNumber page) {
  const auto [found, made] = entries_.try_emplace(page);
  if (made) {
    found->second.directory = this;
    found->second.page = page;
    found->second.owner = home_of(page);
  }
  return found->second;
}

Frame& Directory::image(PageNumber page) {
  const auto [found, made] = images_.try_emplace(page);
  Frame& frame = found->second;
  if (made) {
    frame.page = page;
    frame.permission = Permission::write;
    frame.owned = true;
    frame.contents = blank_;
    frame.dirty = clean_;
    holder_.map_own(home_of(page), frame);
  }
  return frame;
}

std::uint32_t Directory::ship(const Contents& contents, const DirtyLines& dirty) {
  const std::uint32_t slot = shipments_.take();
  shipments_[slot] = {contents, dirty};
  return slot;
}

Directory::Shipment Directory::unship(std::uint32_t slot) {
  shipments_.give_back(slot);
  return shipments_[slot];
}

Bytes Directory::data(Kind kind, const DirtyLines& dirty) const {
  if (!row_of(kind).carries_page) {
    return {};
  }
  return dirty_lines_only_ && kind == Kind::write_back ? shape_.line() * dirty.count()
                                                       : shape_.page();
}

std::uint32_t Directory::lines(const Delivery& delivery) const {
  const auto message = delivery.body.as<Message>();
  return message.kind == Kind::write_back ? shipments_[message.slot].dirty.count() : 0;
}

/// To another server; `at` posts after what it has spent so far.
void Directory::post(At& at, NodeId to, Message message, Tally* tally) {
  Fabric& fabric = cluster_.fabric();
  const PageMessageShape& shape = row_of(message.kind);
  const Bytes data =
      shape.carries_page ? this->data(message.kind, shipments_[message.slot].dirty) : Bytes();
  at.spent += fabric.nic().post;
  fabric.post({.from = at.server,
               .to = to,
               .verb = shape.verb,
               .type = types_[message.kind],
               .payload = kPageMessageHeader + data,
               .data = {message.cause, data},
               .after = at.spent,
               .tally = tally,
               .body = message});
}

Frame* Directory::held(NodeId server, PageNumber page) {
  if (is_home(server, page)) {
    Frame& frame = image(page);
    return frame.permission == Permission::none ? nullptr : &frame;
  }
  return holder_.held(server, page);
}

const Frame* Directory::held(NodeId server, PageNumber page) const {
  if (is_home(server, page)) {
    const auto found = images_.find(page);
    return found == images_.end() || found->second.permission == Permission::none ? nullptr
                                                                                  : &found->second;
  }
  return holder_.held(server, page);
}

void Directory::withdraw(NodeId server, Frame& frame) {
  if (is_home(server, frame.page)) {
    frame.permission = Permission::none;
    frame.owned = false;
    frame.data.forget();
  } else {
    holder_.withdraw(server, frame);
  }
}

// ---- at the server that faults

bool Directory::is_under_way(NodeId server, PageNumber page) const {
  return faults_[server.index()].contains(page) || leaving_[server.index()].contains(page);
}

Gate& Directory::gate(NodeId server, PageNumber page) {
  const auto fault = faults_[server.index()].find(page);
  return fault != faults_[server.index()].end() ? *fault->second
                                                : *leaving_[server.index()].at(page).gate;
}

Duration Directory::request(NodeId server, PageNumber page, Permission wanted, Tally* tally) {
  const bool writes = wanted == Permission::write;
  ++(writes ? counters_.write_faults : counters_.read_faults);
  const Frame* const frame = held(server, page);
  const bool has_copy = upgrades_ && frame != nullptr;
  faults_[server.index()].emplace(page, std::make_unique<Gate>(queue_));
  At at{server, Duration()};
  const NodeId home = home_of(page);
  if (home == server) {
    on_fault(at, page, {server, writes, has_copy, tally});
  } else {
    post(at, home,
         {.kind = writes ? Kind::write_fault : Kind::read_fault,
          .has_copy = has_copy,
          .requester = server,
          .page = page},
         tally);
  }
  return at.spent;
}

/// A copy that the home has asked for may come after the page itself, which its owner has evicted.
void Directory::on_answer(At& at, const Message& message) {
  const PageNumber page = message.page;
  const bool owned = message.kind != Kind::copy;
  Frame* frame = held(at.server, page);
  const bool has_come_home = frame != nullptr && !owned;
  if (frame == nullptr) {
    frame = &(is_home(at.server, page) ? image(page) : holder_.receive(at.server, page, at.spent));
  }
  if (message.kind != Kind::grant) {
    Shipment shipment = unship(message.slot);
    if (!has_come_home) {
      frame->contents = std::move(shipment.contents);
      frame->dirty = std::move(shipment.dirty);
      frame->data.came(cluster_.fabric().ledger().traffic(), message.cause, shape_.page());
    }
  }
  if (is_home(at.server, page) || message.is_home || mutated("directory.forget_dirty")) {
    frame->dirty.clear();
  }
  if (!has_come_home) {
    frame->permission = owned ? Permission::write : Permission::read;
    frame->owned = owned;
  }
  end_fault(at, page, message.kind);
}

void Directory::end_fault(At& at, PageNumber page, PageMessageKind answer) {
  const auto fault = faults_[at.server.index()].find(page);
  fault->second->open();
  faults_[at.server.index()].erase(fault);
  if (mutated("directory.lose_confirmation") && answer == Kind::grant) {
    return;
  }
  if (!is_home(at.server, page)) {
    post(at, home_of(page), {.kind = Kind::confirmation, .page = page}, nullptr);
  } else if (mutated("directory.confirm_before_wake")) {
    on_confirmation(at, page);
  } else {
    Entry& entry = this->entry(page);
    entry.spent = at.spent;
    queue_.schedule(queue_.now(), &Directory::confirm_at_home, &entry);
  }
}

/// The threads that have waited for the page have been woken, and run before this: the next
/// transaction would take the page from them, again and again if others ask as fast as they do.
void Directory::confirm_at_home(void* entry) {
  auto& confirmed = *static_cast<Entry*>(entry);
  Directory& directory = *confirmed.directory;
  At at{directory.home_of(confirmed.page), confirmed.spent};
  directory.on_confirmation(at, confirmed.page);
}

Duration Directory::evict(NodeId server, Frame& frame) {
  At at{server, Duration()};
  const PageNumber page = frame.page;
  if (frame.owned && (frame.dirty.any() || !mutated("directory.drop_owned"))) {
    ++counters_.write_backs;
    leaving_[server.index()].emplace(
        page, Leaving{frame.contents, frame.dirty, std::make_unique<Gate>(queue_)});
    post(at, home_of(page),
         {.kind = Kind::write_back,
          .cause = frame.data.leave(cluster_.fabric().ledger().traffic(),
                                    data(Kind::write_back, frame.dirty)),
          .slot = ship(frame.contents, frame.dirty),
          .page = page},
         nullptr);
  }
  withdraw(server, frame);
  return at.spent;
}

void Directory::on_written_back(NodeId server, PageNumber page) {
  const auto found = leaving_[server.index()].find(page);
  found->second.gate->open();
  leaving_[server.index()].erase(found);
}

// ---- at the manager

void Directory::on_fault(At& at, PageNumber page, const Request& request) {
  Entry& entry = this->entry(page);
  if (entry.busy) {
    ++counters_.queued;
    entry.waiting.push_back(request);
    return;
  }
  entry.busy = true;
  entry.request = request;
  begin(at, page, entry);
}

void Directory::begin(At& at, PageNumber page, Entry& entry) {
  entry.fetching = false;
  if (entry.request.writes) {
    invalidate_copies(at, page, entry);
  }
  if (entry.awaited == 0) {
    serve(at, page, entry);
  }
}

/// Of all copies but the requester's; and the owner's, if the requester needs no data from it.
void Directory::invalidate_copies(At& at, PageNumber page, Entry& entry) {
  const Request& request = entry.request;
  const bool has_data = request.from == entry.owner ||
                        (request.has_copy && entry.copies.contains(request.from)) ||
                        mutated("directory.stale_upgrade");
  entry.request.has_copy = request.has_copy && has_data;
  std::set<NodeId> targets = entry.copies;
  if (entry.request.has_copy) {
    targets.insert(entry.owner);
  }
  targets.erase(request.from);
  if (mutated("directory.skip_invalidation") && !targets.empty()) {
    targets.erase(targets.begin());
  }
  for (const NodeId target : targets) {
    ++counters_.invalidations;
    if (target == at.server) {
      on_invalidate(at, at.server, page);
    } else {
      ++entry.awaited;
      post(at, target, {.kind = Kind::invalidate, .page = page}, nullptr);
    }
  }
  if (mutated("directory.early_grant")) {
    entry.awaited = 0;
  }
}

void Directory::on_invalidated(At& at, PageNumber page) {
  Entry& entry = this->entry(page);
  if (entry.awaited == 0 || --entry.awaited > 0) {
    return;
  }
  charge(entry.request.tally, Category::acks, queue_.now());
  serve(at, page, entry);
}

/// Nobody but the owner, and the requester, has the page any more if this is a write.
void Directory::serve(At& at, PageNumber page, Entry& entry) {
  const Request& request = entry.request;
  if (!request.writes && request.from == entry.owner) {  // the page has come home meanwhile
    end_fault(at, page, Kind::copy);
    return;
  }
  if (!request.writes && !mutated("directory.forget_copy")) {
    entry.copies.insert(request.from);
  }
  if (request.from == entry.owner || (request.writes && request.has_copy)) {
    ++counters_.upgrades;
    if (entry.owner == at.server && request.from != at.server) {
      withdraw(at.server, image(page));  // written back while copies were invalidated
    }
    const Message grant{.kind = Kind::grant, .is_home = entry.owner == at.server, .page = page};
    if (request.from == at.server) {
      on_answer(at, grant);
    } else {
      post(at, request.from, grant, request.tally);
    }
    return;
  }
  const Message fetch{.kind = request.writes ? Kind::fetch_page : Kind::fetch_copy,
                      .requester = request.from,
                      .page = page};
  entry.fetching = true;
  if (entry.owner == at.server) {
    on_fetch(at, fetch, request.tally);
  } else {
    post(at, entry.owner, fetch, request.tally);
  }
}

void Directory::on_confirmation(At& at, PageNumber page) {
  Entry& entry = this->entry(page);
  if (entry.request.writes) {
    entry.owner = entry.request.from;
    entry.copies.clear();
  }
  entry.busy = false;
  if (!entry.waiting.empty()) {
    entry.busy = true;
    entry.request = entry.waiting.front();
    entry.waiting.pop_front();
    charge(entry.request.tally, Category::lock_wait, queue_.now());
    begin(at, page, entry);
  }
}

/// Unless the owner has given the page to somebody else meanwhile, the home's memory is the owner.
void Directory::on_write_back(At& at, NodeId from, const Message& message) {
  Entry& entry = this->entry(message.page);
  Shipment shipment = unship(message.slot);
  const bool given_away = entry.busy && entry.fetching && entry.request.writes;
  if ((entry.owner == from && !given_away) || mutated("directory.late_write_back")) {
    entry.copies.erase(at.server);  // which has more than a copy now
    Frame& frame = image(message.page);
    if (dirty_lines_only_) {
      put_lines(frame.contents, shipment.dirty, shipment.contents);
    } else {
      frame.contents = std::move(shipment.contents);
    }
    frame.dirty.clear();
    frame.permission = entry.copies.empty() ? Permission::write : Permission::read;
    frame.owned = true;
    entry.owner = at.server;
  } else {
    ++counters_.late_write_backs;
  }
  post(at, from, {.kind = Kind::written_back, .page = message.page}, nullptr);
}

// ---- at an owner, or at a server with a copy

void Directory::on_fetch(At& at, const Message& message, Tally* tally) {
  const bool gives_away = message.kind == Kind::fetch_page;
  Frame* const frame = held(at.server, message.page);
  std::uint32_t slot = 0;
  if (frame == nullptr) {
    const Leaving& leaving = leaving_[at.server.index()].at(message.page);
    slot = ship(leaving.contents, leaving.dirty);
  } else {
    slot = ship(frame->contents, is_home(at.server, message.page) ? clean_ : frame->dirty);
  }
  post(at, message.requester,
       {.kind = gives_away ? Kind::page : Kind::copy,
        .cause = cause_of(tally),
        .slot = slot,
        .page = message.page},
       tally);
  if (frame == nullptr) {
    return;
  }
  if (gives_away && !mutated("directory.keep_page")) {
    withdraw(at.server, *frame);
  } else if (!gives_away && !mutated("directory.keep_writing")) {
    frame->permission = Permission::read;
  }
}

void Directory::on_invalidate(At& at, NodeId manager, PageNumber page) {
  if (Frame* const frame = held(at.server, page);
      frame != nullptr && !mutated("directory.keep_copy")) {
    withdraw(at.server, *frame);
  }
  if (manager != at.server) {
    post(at, manager, {.kind = Kind::invalidated, .page = page}, nullptr);
  }
}

Duration Directory::handle(const Delivery& delivery) {
  const auto message = delivery.body.as<Message>();
  At at{delivery.to, Duration()};
  switch (message.kind) {
    case Kind::read_fault:
    case Kind::write_fault:
      on_fault(
          at, message.page,
          {message.requester, message.kind == Kind::write_fault, message.has_copy, delivery.tally});
      break;
    case Kind::fetch_copy:
    case Kind::fetch_page:
      on_fetch(at, message, delivery.tally);
      break;
    case Kind::invalidate:
      on_invalidate(at, delivery.from, message.page);
      break;
    case Kind::invalidated:
      on_invalidated(at, message.page);
      break;
    case Kind::copy:
    case Kind::page:
    case Kind::grant:
      on_answer(at, message);
      break;
    case Kind::confirmation:
      on_confirmation(at, message.page);
      break;
    case Kind::write_back:
      on_write_back(at, delivery.from, message);
      break;
    case Kind::written_back:
      on_written_back(delivery.to, message.page);
      break;
  }
  return at.spent;
}

}  // namespace dsmsim::paging
