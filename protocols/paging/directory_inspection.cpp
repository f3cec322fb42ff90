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

void add(Fingerprint& into, const Contents& contents) {
  for (std::uint32_t i = 0; i < contents.lines(); ++i) {
    into.add(contents[i]);
  }
}

void add(Fingerprint& into, const DirtyLines& lines) {
  for (std::uint32_t i = 0; i < lines.words().lines(); ++i) {
    into.add(lines.words()[i]);
  }
}

}  // namespace

std::span<const MutantRow> directory_mutants() { return kMutantRows; }

void Directory::fingerprint(Fingerprint& into) const {
  const auto add_request = [&into](const Request& request) {
    into.add((std::uint64_t{request.from.value()} << 2) | (request.writes ? 2 : 0) |
             (request.has_copy ? 1 : 0));
  };
  for (const auto& [page, entry] : entries_) {
    into.add(page.value());
    into.add(entry.owner.value());
    for (const NodeId copy : entry.copies) {
      into.add(copy.value());
    }
    into.add((std::uint64_t{entry.awaited} << 2) | (entry.busy ? 2 : 0) | (entry.fetching ? 1 : 0));
    if (entry.busy) {
      add_request(entry.request);
    }
    for (const Request& request : entry.waiting) {
      add_request(request);
    }
  }
  for (const auto& [page, frame] : images_) {
    into.add((std::uint64_t{static_cast<std::uint8_t>(frame.permission)} << 1) |
             (frame.owned ? 1 : 0));
    add(into, frame.contents);
  }
  for (std::size_t server = 0; server < faults_.size(); ++server) {
    for (const auto& [page, gate] : faults_[server]) {
      into.add(page.value());
    }
    into.add(1);
    for (const auto& [page, leaving] : leaving_[server]) {
      into.add(page.value());
      add(into, leaving.contents);
      add(into, leaving.dirty);
    }
    into.add(2);
  }
}

void Directory::fingerprint(const Body& message, Fingerprint& into) const {
  const auto m = message.as<Message>();
  into.add((std::uint64_t{m.requester.value()} << 2) | (m.has_copy ? 2 : 0) | (m.is_home ? 1 : 0));
  into.add(m.page.value());
  if (row_of(m.kind).carries_page) {
    add(into, shipments_[m.slot].contents);
    add(into, shipments_[m.slot].dirty);
  }
}

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
