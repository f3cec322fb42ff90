#pragma once
// What threads in a fault wait for: a page on its way, their turn to want a frame, a frame. Each
// says so here, so that a checker sees it, and whenever it has waited it looks at its page again.

#include <map>
#include <memory>
#include <vector>

#include "protocols/paging/page.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim::swap {

class FaultWaits {
 public:
  explicit FaultWaits(EventQueue& queue) : queue_(queue), frame_turn_(queue), try_again_(queue) {}

  /// Ends when the page has arrived(). Charges the time, as all do here.
  Task<> for_page(Thread& thread, paging::PageNumber page);
  void arrived(paging::PageNumber page);

  /// Ends when it is the thread's turn to look for a frame; until it calls end_turn() it is nobody
  /// else's.
  Task<> for_turn(Thread& thread);
  void end_turn(const Thread& thread);
  /// For whose turn it is: ends when a frame may be free since look_again() was called last.
  Task<> for_frame(Thread& thread);
  void look_again() { try_again_.close(); }
  /// A frame is free, or a page can be reclaimed.
  void try_again() { try_again_.open(); }

  /// The thread waits for its own read of the device until it is over.
  void begin_read(const Thread& thread) { what(thread) = What::read; }
  void end_read(const Thread& thread) { what(thread) = What::nothing; }

  bool at_rest() const { return pages_.empty(); }
  void fingerprint(Fingerprint& into) const;

 private:
  enum class What : std::uint8_t { nothing, read, page, turn, frame };
  What& what(const Thread& thread);
  template <class Awaitable>
  Task<> wait(Thread& thread, What what, Awaitable awaitable);

  EventQueue& queue_;
  FifoLock frame_turn_;                                        ///< of who wants a frame
  std::vector<ThreadId> frame_queue_;                          ///< those who do, in order
  Gate try_again_;                                             ///< for whose turn it is
  std::map<paging::PageNumber, std::unique_ptr<Gate>> pages_;  ///< that are awaited
  std::vector<What> what_;                                     ///< by thread
};

}  // namespace dsmsim::swap
