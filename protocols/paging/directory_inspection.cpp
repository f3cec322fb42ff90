// What the directory lets a checker see.

#include "protocols/paging/directory.hpp"
#include "protocols/paging/situation_rows.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::paging {
namespace {

using Kind = PageMessageKind;

constexpr MutantRow kMutantRows[] = {
    {"directory.skip_invalidation", "a copy is not invalidated before a write"},
    {"directory.keep_copy", "a server acknowledges an invalidation and keeps its copy"},
    {"directory.early_grant", "a write does not wait for the acknowledgements"},
    {"directory.stale_upgrade", "who asks to write is not sent the page, though its copy has gone"},
    {"directory.lose_confirmation", "the manager is not told that an upgrade is over"},
    {"directory.confirm_before_wake",
     "the home begins the next transaction before its own thread has used the page"},
    {"directory.drop_owned",
     "an owner evicts a page that it has not written without sending it home"},
    {"directory.late_write_back", "a page that comes home late replaces what the new owner has"},
    {"directory.keep_writing", "an owner goes on writing when others have copies"},
    {"directory.keep_page", "an owner keeps the page that it gives away"},
    {"directory.forget_copy", "the manager does not add a reader to the copy set"},
    {"directory.lose_wake", "who leaves a lock does not wake the next on another server"},
    {"directory.forget_dirty", "a page comes without word of what its home does not have of it"},
};

/// What a message meets.
enum class Met : std::uint8_t { home_owns, other_owns, asker_owns, busy, held, gone, more, last };

constexpr SituationRow<Kind, Met> kRows[] = {
    {Kind::read_fault, Met::home_owns, "the home's memory is the owner"},
    {Kind::read_fault, Met::other_owns, "another server is the owner"},
    {Kind::read_fault, Met::busy, "the page is busy"},
    {Kind::write_fault, Met::home_owns, "the home's memory is the owner"},
    {Kind::write_fault, Met::other_owns, "another server is the owner"},
    {Kind::write_fault, Met::asker_owns, "of the owner"},
    {Kind::write_fault, Met::busy, "the page is busy"},
    {Kind::fetch_copy, Met::held, "the owner has the page"},
    {Kind::fetch_copy, Met::gone, "the page is on its way home"},
    {Kind::fetch_page, Met::held, "the owner has the page"},
    {Kind::fetch_page, Met::gone, "the page is on its way home"},
    {Kind::invalidate, Met::held, "the server has a copy"},
    {Kind::invalidate, Met::gone, "the copy has gone"},
    {Kind::invalidated, Met::more, "others have not answered"},
    {Kind::invalidated, Met::last, "the last"},
    {Kind::write_back, Met::held, "of the owner"},
    {Kind::write_back, Met::busy, "of the owner, the page is busy"},
    {Kind::write_back, Met::gone, "the page is being given away"},
    {Kind::confirmation, Met::last, "nobody waits"},
    {Kind::confirmation, Met::more, "others wait"},
};

Met when(bool condition, Met yes, Met no) { return condition ? yes : no; }

std::string name(PageNumber page) { return "page " + std::to_string(page.value()); }
std::string name(NodeId server) { return "server " + std::to_string(server.value()); }

}  // namespace

std::span<const MutantRow> directory_mutants() { return kMutantRows; }

// ---- the state as a number

void Directory::add(Fingerprint& into, const Request& request) {
  const auto& [from, writes, has_copy, tally] = request;  // tally measures
  into.add(from, writes, has_copy);
}

/// `page` is the key of the table; what has been spent is a clock's.
void Directory::add(Fingerprint& into, const Entry& entry) {
  const auto& [directory, page, owner, copies, busy, fetching, spent, awaited, request, waiting] =
      entry;
  into.add(owner, awaited, busy, fetching);
  into.add(copies.size());
  for (const NodeId copy : copies) {
    into.add(copy.value());
  }
  if (busy) {
    add(into, request);
  }
  into.add(waiting.size());
  for (const Request& next : waiting) {
    add(into, next);
  }
}

/// Threads that wait at a gate stand at their operations.
void Directory::add(Fingerprint& into, const Leaving& leaving) {
  const auto& [contents, dirty, gate] = leaving;
  contents.fingerprint(into);
  dirty.fingerprint(into);
}

/// Images are in the page tables of their homes; shipments are added with the messages that bring
/// them.
void Directory::fingerprint(Fingerprint& into) const {
  const auto& [cluster, queue, shape, holder, homes, pages_per_home, upgrades, dirty_lines_only,
               blank, clean, mutant, types, entries, images, faults, leaving, shipments, counters] =
      *this;
  for (const auto& [page, entry] : entries) {
    into.add(page.value());
    add(into, entry);
  }
  for (const Gates& gates : faults) {
    for (const auto& [page, gate] : gates) {
      into.add(page.value());
    }
    into.add(gates.size());
  }
  for (const auto& pages : leaving) {
    for (const auto& [page, one] : pages) {
      into.add(page.value());
      add(into, one);
    }
    into.add(pages.size());
  }
}

/// Its kind is its type.
void Directory::fingerprint(const Body& body, Fingerprint& into) const {
  const auto message = body.as<Message>();
  const auto& [kind, has_copy, is_home, requester, cause, slot, page] = message;  // cause measures
  into.add(has_copy, is_home, requester, page);
  if (row_of(kind).carries_page) {
    const auto& [contents, dirty] = shipments_[slot];
    contents.fingerprint(into);
    dirty.fingerprint(into);
  }
}

// ---- what holds at any time

void Directory::check() const {
  for (const auto& [page, entry] : entries_) {
    if (!entry.busy) {
      check_entry(page, entry);
    }
  }
}

void Directory::check_entry(PageNumber page, const Entry& entry) const {
  const Frame* const owners = held(entry.owner, page);
  if (owners == nullptr ? !leaving_[entry.owner.index()].contains(page) : !owners->owned) {
    throw Error(ExitCode::incoherent,
                name(page) + ": its owner, " + name(entry.owner) + ", does not have it");
  }
  for (std::uint32_t i = 0; i < faults_.size(); ++i) {
    if (NodeId(i) != entry.owner && held(NodeId(i), page) != nullptr) {
      check_copy(page, entry, NodeId(i));
    }
  }
  if (!is_home(entry.owner, page)) {
    check_image(page, entry.owner);
  }
}

void Directory::check_image(PageNumber page, NodeId owner) const {
  const auto image = images_.find(page);
  if (image == images_.end()) {
    return;
  }
  const Frame* const frame = held(owner, page);
  const auto leaving = leaving_[owner.index()].find(page);
  const Contents& has = frame != nullptr ? frame->contents : leaving->second.contents;
  const DirtyLines& dirty = frame != nullptr ? frame->dirty : leaving->second.dirty;
  Contents home = image->second.contents;
  put_lines(home, dirty, has);
  if (!(home == has)) {
    throw Error(ExitCode::incoherent, name(page) + ": its home's memory has not what its owner, " +
                                          name(owner) + ", has not written");
  }
}

void Directory::check_copy(PageNumber page, const Entry& entry, NodeId server) const {
  const Frame& copy = *held(server, page);
  if (copy.owned || copy.permission == Permission::write || !entry.copies.contains(server)) {
    throw Error(ExitCode::incoherent,
                name(page) + ": the manager does not know that " + name(server) + " has it");
  }
  const Frame* const owners = held(entry.owner, page);
  if (owners != nullptr && !(owners->contents == copy.contents)) {
    throw Error(ExitCode::incoherent,
                name(page) + ": the copy of " + name(server) + " is not what its owner has");
  }
}

void Directory::check_quiescent() const {
  const auto busy = [](const auto& entry) { return entry.second.busy; };
  const auto some = [](const auto& pages) { return !pages.empty(); };
  if (std::any_of(entries_.begin(), entries_.end(), busy) ||
      std::any_of(faults_.begin(), faults_.end(), some) ||
      std::any_of(leaving_.begin(), leaving_.end(), some) || shipments_.in_use() > 0) {
    throw Error(ExitCode::incoherent, "the page directory has a transaction that never ended");
  }
  check();
}

bool Directory::is_lost_with(NodeId server, PageNumber page) const {
  if (is_home(server, page)) {
    return true;
  }
  const auto found = entries_.find(page);
  if (found == entries_.end() || found->second.owner != server) {
    return false;
  }
  const auto& copies = found->second.copies;
  return std::none_of(copies.begin(), copies.end(),
                      [&](NodeId copy) { return copy != server && held(copy, page) != nullptr; });
}

const std::vector<std::string>& Directory::situations() {
  static const std::vector<std::string> names = situation_names(kRows);
  return names;
}

int Directory::situation(const Post& post) const {
  const auto message = post.body.as<Message>();
  const auto found = entries_.find(message.page);
  Entry entry;
  entry.owner = post.to;
  if (found != entries_.end()) {
    entry = found->second;
  }
  const bool here = held(post.to, message.page) != nullptr;
  Met met = Met::held;
  switch (message.kind) {
    case Kind::read_fault:
    case Kind::write_fault:
      met = entry.busy ? Met::busy
                       : when(entry.owner == post.to, Met::home_owns,
                              when(entry.owner == post.from, Met::asker_owns, Met::other_owns));
      break;
    case Kind::fetch_copy:
    case Kind::fetch_page:
    case Kind::invalidate:
      met = when(here, Met::held, Met::gone);
      break;
    case Kind::invalidated:
      met = when(entry.awaited > 1, Met::more, Met::last);
      break;
    case Kind::confirmation:
      met = when(entry.waiting.empty(), Met::last, Met::more);
      break;
    case Kind::write_back:
      met = when(entry.busy && entry.fetching && entry.request.writes, Met::gone,
                 when(entry.busy, Met::busy, Met::held));
      break;
    case Kind::copy:
    case Kind::page:
    case Kind::grant:
    case Kind::written_back:
      break;  // what they meet decides nothing
  }
  return situation_of(kRows, message.kind, met);
}

}  // namespace dsmsim::paging
