#pragma once
// Whose data crosses the network: the sums behind the amplification metrics (docs/metrics.md).
//
// Every byte of data that a message carries is counted, when it is posted, for the operation that
// caused the message: a read, a write, or neither (Cause). Against it stand the bytes that reads
// and writes asked for and that were missing, or had to leave. Who fetches data without keeping it
// says missed(); what a server keeps (a block, a page, an object) has a CachedData, which knows
// when its data were used first, and what has been written to them since.
//
// An access that waits for what another one is fetching, and one that finds what was fetched ahead,
// miss nothing. So no more is missed than comes: check() says so of the whole run. Nothing here
// changes what an engine does.

#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/base/enumeration.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// The kind of operation on whose behalf data move.
enum class Cause : unsigned char {
  none,  ///< a lock, an allocation, the runtime itself
  read,
  write,
};
inline constexpr std::size_t kCauses = kEnumerators<Cause>;

/// The data in a message, in bytes: what is left are headers and control.
class DataBytes {
 public:
  DataBytes() = default;
  DataBytes(Cause cause, Bytes bytes) { add(cause, bytes); }
  void add(Cause cause, Bytes bytes) { bytes_[static_cast<std::size_t>(cause)] += bytes; }
  void add(const DataBytes& others) {
    for (std::size_t i = 0; i < kCauses; ++i) {
      bytes_[i] += others.bytes_[i];
    }
  }
  Bytes of(Cause cause) const { return bytes_[static_cast<std::size_t>(cause)]; }
  Bytes total() const { return bytes_[0] + bytes_[1] + bytes_[2]; }

 private:
  std::array<Bytes, kCauses> bytes_;
};

class CachedData;

/// Of one run, and of its measured window.
class Traffic {
 public:
  /// A message has been posted.
  void moved(const DataBytes& data);
  /// Bytes of an access are not here, and come or go for it alone.
  void missed(Cause cause, Bytes bytes);
  /// The measured window begins: data that came before it and are used in it count as neither.
  void reset();

  // Since the window began.
  Bytes data(Cause cause) const { return since(all_.data, before_.data, cause); }
  Bytes missing(Cause cause) const { return since(all_.missing, before_.missing, cause); }

  /// Throws std::logic_error if, since the run began, data have moved for reads or for writes that
  /// missed nothing, or fewer than they missed. Not to be asked after a crash, which loses
  /// messages.
  void check() const;

 private:
  friend class CachedData;
  using Sums = std::array<std::uint64_t, kCauses>;
  struct Totals {
    Sums data{};
    Sums missing{};
  };
  /// Data that have been counted for one cause turn out to be another's.
  void attribute(Cause from, Cause to, std::uint64_t data);
  static Bytes since(const Sums& all, const Sums& before, Cause cause) {
    const auto i = static_cast<std::size_t>(cause);
    return Bytes(all[i] - before[i]);
  }

  Totals all_;
  Totals before_;  ///< the window
  std::uint32_t window_ = 0;
};

/// What amplification knows of data that a server keeps. Plain state of whoever keeps them; no part
/// of the protocol's.
class CachedData {
 public:
  /// So many bytes have come for it, and stood in messages that were counted for `cause`.
  void came(const Traffic& traffic, Cause cause, Bytes data);
  /// A read or a write of `length` bytes finds them here. The first one after they came is the one
  /// that missed them, and if a lock has brought them, the one for which they came. If that was a
  /// write, what later ones add has to leave as well, and counts with it as far as data came.
  /// `traffic` is null where nothing can come.
  void access(Traffic* traffic, Cause by, Bytes length) {
    if (unused_ != 0) [[unlikely]] {
      use(*traffic, by, length);
    } else if (by == Cause::write) {
      written_ += length.count();
      if (open_ != 0) [[unlikely]] {
        settle(*traffic);
      }
    }
  }
  /// So many bytes of it are written back: gives what they are to be counted for. `none`: nobody
  /// has written anything.
  Cause leave(Traffic& traffic, Bytes data);
  /// What was written has left with a message of another operation.
  void clean() {
    written_ = 0;
    stored_ = 0;
    open_ = 0;
  }
  /// Nobody will use what came.
  void forget() { *this = {}; }
  bool unused() const { return unused_ != 0; }

 private:
  void use(Traffic& traffic, Cause by, Bytes length);
  void settle(Traffic& traffic);

  // What hits look at comes first.
  std::uint64_t unused_ = 0;  ///< bytes that came, if no access has used them yet
  /// By accesses that found it here, since the data came or were last written back, and that are
  /// not counted yet.
  std::uint64_t written_ = 0;
  std::uint64_t open_ = 0;    ///< of data that came for a write, what nothing is counted against
  std::uint64_t stored_ = 0;  ///< written, and counted against them
  std::uint32_t window_ = 0;  ///< in which they came
  Cause cause_ = Cause::none;
};

}  // namespace dsmsim
