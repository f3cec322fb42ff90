#pragma once
// What a core of the pComponent is about while it handles a page fault: all that its coroutine
// would go on with, so that a checker sees it.

#include "protocols/legoos/station.hpp"

namespace dsmsim::legoos {

struct LineState {
  bool busy = false;          ///< being filled or evicted: no victim
  std::uint64_t entered = 0;  ///< place in the set's list: the least goes first
  std::uint64_t seen = 0;     ///< Frame::order at the last sweep, for lru
};
/// A line of the ExCache. Without a page it is free.
struct Line : paging::Frame, LineState {};
// A fingerprint opens the parts.
static_assert(sizeof(Line) == sizeof(paging::Frame) + sizeof(LineState));

/// A dirty line that has been evicted and waits for the miss that takes it along.
struct Stash {
  paging::PageNumber page;  ///< invalid: none
  std::uint64_t contents = 0;
  Cause cause = Cause::none;  ///< for what it is counted
};

/// Where a core stands.
enum class Step : std::uint8_t {
  none,
  waiting,      ///< for one of the things of Wait
  evicting,     ///< flushes a victim before it goes on
  flushing,     ///< flushes its stash, which belongs to another server than its page
  fetching,     ///< has asked for its page
  abandoning,   ///< flushes its stash: somebody else has brought the page
  mapping,      ///< asks for memory
  replicating,  ///< sends a dirty line to a log
  calling,      ///< reads or writes a file
};

struct Core {
  Caller caller;
  ThreadId thread;
  Step step = Step::none;
  paging::PageNumber page;  ///< that it faults on
  bool zero = false;        ///< for the first time: it is filled with zeros
  bool locked = false;      ///< it has the lock of the page table's page
  Line* line = nullptr;     ///< for the page
  Stash stash;
};

/// Adds what a core is about.
void add(Fingerprint& into, const Core& core);

}  // namespace dsmsim::legoos
