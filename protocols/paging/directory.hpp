#pragma once
// A page directory: keeps one shared virtual memory coherent over servers that each map pages, with
// many readers or one writer of a page.
//
// It is the fixed distributed manager of Li and Hudak, "Memory Coherence in Shared Virtual Memory
// Systems", ACM TOCS 7(4), 1989: the page's number says which server manages it (its home), and the
// manager knows the owner and the copy set. The transactions are those of the paper's centralized
// manager: the manager serves one fault of a page at a time, until the faulting server confirms
// that it has the page.
//
//   read fault    requester -> manager -> owner -> requester (copy) -> manager (confirmation)
//   write fault   the manager invalidates the copies first; the owner gives the page away
//
// What the paper leaves open: the home's memory is the page's first owner, and the owner of what
// others evict (a write-back); a copy that nobody answers for is dropped silently, so a copy set
// may hold servers that have none; a server that asks to write what it may read is told so instead
// of being sent the page (`upgrades`).
//
// Homes may be any servers, so those that run threads need not be among them. Whoever owns a page
// knows which of its lines the home's memory does not have (Frame::dirty); they go from owner to
// owner with the page, and an engine may have these lines alone written back.
//
// The engine maps pages and pays for software; the directory sends messages. Its steps are plain
// functions over explicit state. Called by the engine's threads (request) and by its workers
// (handle), each for one server; they touch another server's state by messages only.

#include <deque>
#include <map>
#include <set>

#include "protocols/paging/page_map.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/dsm/kit/messages.hpp"
#include "sim/dsm/kit/mutants.hpp"
#include "sim/dsm/kit/slots.hpp"
#include "sim/dsm/kit/worker_pool.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::paging {

struct PageMessageShape : MessageRow {
  bool carries_page;
};
constexpr PageMessageShape without_page(std::string_view name) {
  return {{name, Verb::send, Purpose::control}, false};
}
constexpr PageMessageShape with_page(std::string_view name, Purpose purpose) {
  return {{name, Verb::write_imm, purpose}, true};
}
// clang-format off
#define PAGE_MESSAGES(MESSAGE)                                                                                         \
  /* requester -> manager                         */ MESSAGE(read_fault, without_page("READ_FAULT"))                   \
  /* requester -> manager                         */ MESSAGE(write_fault, without_page("WRITE_FAULT"))                 \
  /* manager -> owner: send the requester a copy  */ MESSAGE(fetch_copy, without_page("FETCH_COPY"))                   \
  /* manager -> owner: give it the page           */ MESSAGE(fetch_page, without_page("FETCH_PAGE"))                   \
  /* manager -> holder of a copy                  */ MESSAGE(invalidate, without_page("INVALIDATE"))                   \
  /* its answer                                   */ MESSAGE(invalidated, without_page("INVALIDATED"))                 \
  /* owner -> requester                           */ MESSAGE(copy, with_page("COPY", Purpose::fetch))                  \
  /* owner -> requester, the owner now            */ MESSAGE(page, with_page("PAGE", Purpose::fetch))                  \
  /* manager -> requester, which has the contents */ MESSAGE(grant, without_page("GRANT"))                             \
  /* requester -> manager                         */ MESSAGE(confirmation, without_page("CONFIRMATION"))               \
  /* owner -> manager                             */ MESSAGE(write_back, with_page("WRITE_BACK", Purpose::write_back)) \
  /* its answer                                   */ MESSAGE(written_back, without_page("WRITTEN_BACK"))
// clang-format on
DSMSIM_MESSAGES(PageMessageKind, PageMessageShape, PAGE_MESSAGES);
/// Defects for tests.
std::span<const MutantRow> directory_mutants();
/// Payload of a message, beside the page or the lines that it may carry; there is room in it for a
/// bitmap of lines.
inline constexpr Bytes kPageMessageHeader = Bytes(16);

/// What a directory asks of the engine, which maps the pages. The frames of a server are for pages
/// of other homes; those of its own are in its part of the memory, which the directory keeps.
class PageHolder {
 public:
  virtual ~PageHolder() = default;
  /// The frame that holds the page at a server which is not its home, or null.
  virtual Frame* held(NodeId server, PageNumber page) = 0;
  /// The page has come to a server that does not hold it: maps a blank frame for it. The engine may
  /// evict another page, and adds the CPU time of that to `spent`.
  virtual Frame& receive(NodeId server, PageNumber page, Duration& spent) = 0;
  /// The server loses the page: the frame is free.
  virtual void withdraw(NodeId server, Frame& frame) = 0;
  /// A page of the server's own memory is used for the first time: maps it.
  virtual void map_own(NodeId home, Frame& frame) = 0;
};

/// Of the pages of all servers; the directory counts some, who evicts pages and passes locks on
/// others (SharedPages).
// clang-format off
#define DIRECTORY_COUNTERS(COUNTER)                                                                                             \
  COUNTER(Count, read_faults, "read_faults", "accesses that asked for a page to read it")                                       \
  COUNTER(Count, write_faults, "write_faults", "accesses that asked for a page to write it")                                    \
  COUNTER(Count, upgrades, "upgrades", "of the write faults, those answered without the page")                                  \
  COUNTER(Count, queued, "queued", "requests behind another transaction of the page")                                           \
  COUNTER(Count, invalidations, "invalidations", "copies that the directory took back")                                         \
  COUNTER(Count, evicted_copies, "evicted_copies", "copies that left without being written back")                               \
  COUNTER(Count, write_backs, "write_backs", "pages written back to their home")                                                \
  COUNTER(Count, written_back_lines, "written_back_dirty_lines", "dirty lines in these")                                        \
  COUNTER(Count, late_write_backs, "late_write_backs", "of the write-backs, those of pages that had been given away meanwhile") \
  COUNTER(Count, wakes, "locks_passed_on", "locks handed to a thread that waited")
// clang-format on
DSMSIM_COUNTERS(DirectoryCounters, DIRECTORY_COUNTERS)

class Directory {
 public:
  struct Setting {
    Cluster& cluster;
    PageShape shape;
    PageHolder& holder;
    /// Home of a page: homes[page number / pages_per_home].
    std::vector<NodeId> homes;
    std::uint64_t pages_per_home;
    bool upgrades;
    bool dirty_lines_only;  ///< are written back; else whole pages
    Contents blank;
    DirtyLines clean;
    Mutant mutant;
  };
  explicit Directory(const Setting& setting);

  NodeId home_of(PageNumber page) const { return homes_[page.value() / pages_per_home_]; }

  // For a thread of `server` that has faulted, in one step.
  /// Whether another thread's fault of the page, or its eviction, is under way: wait() for it and
  /// look again.
  bool is_under_way(NodeId server, PageNumber page) const;
  /// Asks the manager. Gives the CPU time that it took; the answer ends the wait.
  Duration request(NodeId server, PageNumber page, Permission wanted, Tally* tally);
  /// Awaitable, while is_under_way().
  auto wait(NodeId server, PageNumber page) { return gate(server, page).wait(); }

  /// Whether the engine may take the page from the server to make room.
  bool may_evict(NodeId server, const Frame& frame) const {
    return !faults_[server.index()].contains(frame.page);
  }
  /// The engine makes room: writes the page back if the server answers for it. The frame is free
  /// when it returns. Gives the CPU time that it took.
  Duration evict(NodeId server, Frame& frame);

  /// The page in its home's memory; made and mapped there with the first use. It has permission
  /// `none` while the home may not use it.
  Frame& image(PageNumber page);

  // Messages.
  bool handles(MessageTypeId type) const { return types_.contain(type); }
  PageMessageKind kind(const Delivery& delivery) const { return delivery.body.as<Message>().kind; }
  /// Lines that a write-back brings; 0 of other messages.
  std::uint32_t lines(const Delivery& delivery) const;
  /// The logic of a message; returns the CPU time of what it posted.
  Duration handle(const Delivery& delivery);

  // For reports, checks and tests.
  const DirectoryCounters& counters() const { return counters_; }
  void reset_counters() { counters_ = {}; }
  void fingerprint(Fingerprint& into) const;
  void fingerprint(const Body& body, Fingerprint& into) const;
  /// Of a page that no transaction is about: its owner has it, or has sent it home; every other
  /// server that has it is in the copy set and has the same; and the home's memory has what is not
  /// dirty. Throws Error(ExitCode::incoherent).
  void check() const;
  /// No transaction is under way.
  void check_quiescent() const;
  /// Whether nobody but the server has what the page contains.
  bool is_lost_with(NodeId server, PageNumber page) const;
  static const std::vector<std::string>& situations();
  int situation(const Post& post) const;

 private:
  struct Message {
    PageMessageKind kind;
    bool has_copy = false;      ///< write_fault: the requester has a copy
    bool is_home = false;       ///< grant: the home's memory has all lines
    NodeId requester = {};      ///< of fetches
    Cause cause = Cause::none;  ///< for what the page is counted that goes along
    std::uint32_t slot = 0;     ///< of the contents that go along
    PageNumber page = {};
  };
  struct Request {
    NodeId from;
    bool writes = false;
    bool has_copy = false;
    Tally* tally = nullptr;
  };
  /// What a manager knows of a page.
  struct Entry {
    Directory* directory = nullptr;
    PageNumber page = {};
    NodeId owner = {};
    std::set<NodeId> copies;  ///< beside the owner's
    bool busy = false;
    bool fetching = false;      ///< the owner has been asked
    Duration spent = {};        ///< by who confirms at home, before
    std::uint32_t awaited = 0;  ///< acknowledgements of invalidations
    Request request;            ///< being served
    std::deque<Request> waiting;
  };
  /// A page on its way from one server to another.
  struct Shipment {
    Contents contents;
    DirtyLines dirty;
  };
  using Gates = std::map<PageNumber, std::unique_ptr<Gate>>;
  /// A page on its way home, which may still be asked for.
  struct Leaving {
    Contents contents;
    DirtyLines dirty;
    std::unique_ptr<Gate> gate;
  };
  /// Where the logic of one step stands: at which server, and what it has spent so far.
  struct At {
    NodeId server;
    Duration spent;
  };

  static void add(Fingerprint& into, const Request& request);
  static void add(Fingerprint& into, const Entry& entry);
  static void add(Fingerprint& into, const Leaving& leaving);

  bool mutated(std::string_view name) const { return mutant_.is(name); }
  Entry& entry(PageNumber page);
  Gate& gate(NodeId server, PageNumber page);
  /// What the server may use, or null.
  Frame* held(NodeId server, PageNumber page);
  const Frame* held(NodeId server, PageNumber page) const;
  void withdraw(NodeId server, Frame& frame);
  bool is_home(NodeId server, PageNumber page) const { return home_of(page) == server; }
  std::uint32_t ship(const Contents& contents, const DirtyLines& dirty);
  Shipment unship(std::uint32_t slot);
  /// What goes along: the page, or lines of it.
  Bytes data(PageMessageKind kind, const DirtyLines& dirty) const;
  void post(At& at, NodeId to, Message message, Tally* tally);

  // At the manager.
  void on_fault(At& at, PageNumber page, const Request& request);
  void begin(At& at, PageNumber page, Entry& entry);
  void invalidate_copies(At& at, PageNumber page, Entry& entry);
  void serve(At& at, PageNumber page, Entry& entry);
  void on_invalidated(At& at, PageNumber page);
  void on_confirmation(At& at, PageNumber page);
  void on_write_back(At& at, NodeId from, const Message& message);
  // At an owner or a holder of a copy.
  void on_fetch(At& at, const Message& message, Tally* tally);
  void on_invalidate(At& at, NodeId manager, PageNumber page);
  void on_written_back(NodeId server, PageNumber page);
  // At the requester.
  void on_answer(At& at, const Message& message);
  void end_fault(At& at, PageNumber page, PageMessageKind answer);
  static void confirm_at_home(void* entry);

  void check_entry(PageNumber page, const Entry& entry) const;
  void check_copy(PageNumber page, const Entry& entry, NodeId server) const;
  void check_image(PageNumber page, NodeId owner) const;

  Cluster& cluster_;
  EventQueue& queue_;
  PageShape shape_;
  PageHolder& holder_;
  std::vector<NodeId> homes_;
  std::uint64_t pages_per_home_;
  bool upgrades_;
  bool dirty_lines_only_;
  Contents blank_;
  DirtyLines clean_;
  Mutant mutant_;
  MessageTypes<PageMessageKind> types_;
  std::map<PageNumber, Entry> entries_;
  std::map<PageNumber, Frame> images_;
  std::vector<Gates> faults_;                           ///< under way, by server
  std::vector<std::map<PageNumber, Leaving>> leaving_;  ///< by server
  Slots<Shipment> shipments_;
  DirectoryCounters counters_;
};

}  // namespace dsmsim::paging
