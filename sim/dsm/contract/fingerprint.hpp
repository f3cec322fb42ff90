#pragma once
// A hash of everything that decides what a system does next. Two states with the same fingerprint
// are taken for the same state, so whatever is put in must be complete, and should not depend on
// how the state came about: names that only have to differ (numbers of slots, of transactions) go
// in by rename().
//
// What adds a struct opens all of it, so that a field which is new does not compile until somebody
// has decided what it means here:
//
//   void add(Fingerprint& into, const Access& access) {
//     const auto& [kind, block, thread, tally] = access;  // tally measures
//     into.add(kind, block, thread->id);
//   }

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace dsmsim {

class Fingerprint {
 public:
  /// One more number of the state; the order counts.
  void add(std::uint64_t value) {
    state_ = (state_ ^ value) * 0x9e3779b97f4a7c15;
    state_ ^= state_ >> 29;
    state_ *= 0xbf58476d1ce4e5b9;
    state_ ^= state_ >> 32;
  }
  /// Several fields: numbers, enumerators, identifiers, quantities. Small neighbours share a word.
  template <class First, class Second, class... More>
  void add(const First& first, const Second& second, const More&... more) {
    Word word;
    pack(word, plain(first));
    pack(word, plain(second));
    (pack(word, plain(more)), ...);
    add(word.value);
  }
  /// The bytes of something that is not understood.
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      add(static_cast<std::uint64_t>(byte));
    }
  }
  /// A name that is only ever compared: replaced by the how manieth new name it is.
  void rename(std::uint64_t name) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) {
        add(i);
        return;
      }
    }
    add(names_.size());
    names_.push_back(name);
  }
  std::uint64_t value() const { return state_; }

 private:
  struct Word {
    std::uint64_t value = 0;
    unsigned bits = 0;
  };
  /// The number that a field is.
  template <class Field>
  static constexpr auto plain(const Field& field) {
    if constexpr (requires { field.value(); }) {
      return field.value();
    } else if constexpr (requires { field.count(); }) {
      return field.count();
    } else if constexpr (std::is_enum_v<Field>) {
      return static_cast<std::underlying_type_t<Field>>(field);
    } else {
      static_assert(std::is_integral_v<Field>, "add the parts of it");
      return field;
    }
  }
  template <class Number>
  void pack(Word& word, Number number) {
    constexpr unsigned kBits = std::is_same_v<Number, bool> ? 1 : 8 * sizeof(Number);
    if (word.bits + kBits > 64) {
      add(word.value);
      word = {};
    }
    constexpr std::uint64_t kMask = ~std::uint64_t{0} >> (64 - kBits);
    word.value |= (static_cast<std::uint64_t>(number) & kMask) << word.bits;
    word.bits += kBits;
  }

  std::uint64_t state_ = 0x243f6a8885a308d3;
  boost::container::small_vector<std::uint64_t, 32> names_;
};

}  // namespace dsmsim
