#pragma once
// DRust's pointers: the 16-byte words of Box, Ref and MutRef and the arithmetic of colours.
//
// A pointer is two words (Ma et al., OSDI'24, Fig. 4 and Appendix B, Fig. 8, Alg. 3 and 5):
//
//   word 0 of all three   colour (16 bits, top) : global address (48 bits)
//   word 1 of a Ref       the local copy, or null
//   word 1 of a Box       the local copy while the object is remote; bit 63, the U bit, says that
//                         the object has been written since it was last shared
//   word 1 of a MutRef    U bit : address of the Box
//
// The simulator keeps the number of a copy (CopyId) where the real word 1 has the copy's address,
// and the number of the object where it has the address of the Box. Pure values: no simulated time,
// no messages.

#include <compare>
#include <cstdint>

#include "sim/base/ids.hpp"

namespace dsmsim::drust {

/// A byte of the global heap: 48 bits, no colour.
class GlobalAddress {
 public:
  static constexpr int kBits = 48;
  constexpr GlobalAddress() = default;
  constexpr explicit GlobalAddress(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }
  constexpr auto operator<=>(const GlobalAddress&) const = default;

 private:
  std::uint64_t value_ = 0;
};

using Colour = std::uint16_t;

/// Word 0: what a cached copy is known by.
class ColouredAddress {
 public:
  constexpr ColouredAddress() = default;
  constexpr ColouredAddress(GlobalAddress address, Colour colour)
      : word_(address.value() | std::uint64_t{colour} << GlobalAddress::kBits) {}
  constexpr explicit ColouredAddress(std::uint64_t word) : word_(word) {}
  constexpr std::uint64_t word() const { return word_; }
  constexpr GlobalAddress address() const { return GlobalAddress(word_ & kAddress); }
  constexpr Colour colour() const { return static_cast<Colour>(word_ >> GlobalAddress::kBits); }
  /// The same address under the next colour; the colour must not be the last one.
  constexpr ColouredAddress next_colour() const {
    return {address(), static_cast<Colour>(colour() + 1)};
  }
  constexpr auto operator<=>(const ColouredAddress&) const = default;

 private:
  static constexpr std::uint64_t kAddress = (std::uint64_t{1} << GlobalAddress::kBits) - 1;
  std::uint64_t word_ = 0;
};

/// A cached copy on one server (copies.hpp).
using CopyId = Id<struct CopyTag, std::uint32_t>;

/// Word 1: the U bit and, below it, a local copy or nothing.
class Extension {
 public:
  constexpr Extension() = default;
  constexpr bool written() const { return (word_ & kWritten) != 0; }
  constexpr void set_written() { word_ |= kWritten; }
  constexpr void clear_written() { word_ &= ~kWritten; }
  /// The copy, or an invalid id for null.
  constexpr CopyId copy() const {
    return CopyId(static_cast<std::uint32_t>(word_ & ~kWritten) - 1);
  }
  constexpr bool has_copy() const { return (word_ & ~kWritten) != 0; }
  constexpr void set_copy(CopyId copy) {
    word_ = (word_ & kWritten) | (std::uint64_t{copy.value()} + 1);
  }
  constexpr void reset() { word_ = 0; }
  constexpr bool operator==(const Extension&) const = default;

 private:
  static constexpr std::uint64_t kWritten = std::uint64_t{1} << 63;
  std::uint64_t word_ = 0;
};

/// Any of the three: what differs is who may do what with it.
struct Pointer {
  ColouredAddress target;
  Extension extension;
};
static_assert(sizeof(Pointer) == 16);

}  // namespace dsmsim::drust
