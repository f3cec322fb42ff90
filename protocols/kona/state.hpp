#pragma once
// What the compute node knows of a block that is in FMem, on its way there, or on its way out.

#include <optional>

#include "protocols/kona/waiters.hpp"
#include "protocols/paging/page.hpp"
#include "sim/base/ids.hpp"

namespace dsmsim::kona {

using paging::Contents;
using paging::DirtyLines;
using paging::PageNumber;

/// What a frame is used for.
enum class Use : std::uint8_t {
  resident,  ///< or free, if it has no block
  partial,   ///< the line that was wanted first is there, the others are on their way
  reserved,  ///< for a block that is being fetched
  queued,    ///< its block is to be evicted, and waits for an evictor
  leaving,   ///< it is being evicted
  written,   ///< kona-vm: it is being written to memory nodes
};

/// Of a frame, what is Kona's own.
struct FmemState {
  Use use = Use::resident;
  PageNumber next;           ///< comes when its block has gone
  std::uint32_t line = 0;    ///< the one that is there, if it is partial
  std::uint32_t writes = 0;  ///< of its page that have not completed
  std::uint32_t faults = 0;  ///< kona-vm: stores to it that are being allowed; it stays so long
  DirtyLines tracked;        ///< the FPGA's bitmap
  Waiters gone;              ///< wait until its block has left, or is whole
};

/// A block's worth of FMem. Frame::dirty are the lines that have been modified since the block was
/// fetched, be it in FMem or still in a CPU cache; the FPGA knows those only that were written back
/// or snooped.
struct FmemFrame : paging::Frame, FmemState {};

/// What a READ gets.
enum class Piece : std::uint8_t { block, line, rest };

/// A block on its way, or a part of it. It lives in the coroutine of the thread that missed first;
/// the rest of a block whose critical line comes first has one of its own.
struct Fetch {
  PageNumber block;
  ThreadId thread = {};  ///< invalid: the rest
  FmemFrame* frame = nullptr;
  Cause cause = Cause::none;  ///< for what its data are counted
  Piece piece = Piece::block;
  std::uint32_t line = 0;  ///< the critical one
  Contents contents = {};
  /// Lines that the log had when the READ was posted, newer than what it finds.
  std::optional<DirtyLines> newer = {};
  Contents newer_contents = {};
  bool arrived = false;  ///< waits for its frame
  Waiters merged = {};   ///< other threads that want the block
};

}  // namespace dsmsim::kona
