#pragma once
// A value for each line of a page. Pages of one line, or of 64 lines with a bit each, need no
// memory beside the object.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>

#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::paging {

/// Numbers, 0 at first.
template <class T>
class PerLine {
 public:
  PerLine() = default;
  explicit PerLine(std::uint32_t lines) { resize(lines); }
  PerLine(const PerLine& other) { *this = other; }
  PerLine& operator=(const PerLine& other) {
    if (this != &other) {
      resize(other.lines_);
      std::copy_n(other.values(), lines_, values());
    }
    return *this;
  }
  PerLine(PerLine&&) noexcept = default;
  PerLine& operator=(PerLine&&) noexcept = default;
  ~PerLine() = default;

  std::uint32_t lines() const { return lines_; }
  T& operator[](std::uint32_t line) { return values()[line]; }
  const T& operator[](std::uint32_t line) const { return values()[line]; }
  void fill(T value) { std::fill_n(values(), lines_, value); }
  void fingerprint(Fingerprint& into) const {
    for (std::uint32_t line = 0; line < lines_; ++line) {
      into.add(values()[line]);
    }
  }
  bool operator==(const PerLine& other) const {
    return std::equal(values(), values() + lines_, other.values(), other.values() + other.lines_);
  }

 private:
  void resize(std::uint32_t lines) {
    if (lines != lines_) {
      lines_ = lines;
      more_ = lines > 1 ? std::make_unique<T[]>(lines) : nullptr;
      one_ = T();
    }
  }
  T* values() { return more_ ? more_.get() : &one_; }
  const T* values() const { return more_ ? more_.get() : &one_; }

  std::uint32_t lines_ = 1;
  T one_ = T();
  std::unique_ptr<T[]> more_;
};

/// A set of lines.
class DirtyLines {
 public:
  explicit DirtyLines(std::uint32_t lines = 1) : words_((lines + 63) / 64) {}

  bool any() const {
    for (std::uint32_t i = 0; i < words_.lines(); ++i) {
      if (words_[i] != 0) {
        return true;
      }
    }
    return false;
  }
  std::uint32_t count() const {
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < words_.lines(); ++i) {
      sum += static_cast<std::uint32_t>(std::popcount(words_[i]));
    }
    return sum;
  }
  bool contains(std::uint32_t line) const { return ((words_[line / 64] >> (line % 64)) & 1) != 0; }
  void insert(std::uint32_t line) { words_[line / 64] |= std::uint64_t{1} << (line % 64); }
  void insert(const DirtyLines& others) {
    for (std::uint32_t i = 0; i < words_.lines(); ++i) {
      words_[i] |= others.words_[i];
    }
  }
  void erase(std::uint32_t line) { words_[line / 64] &= ~(std::uint64_t{1} << (line % 64)); }
  void clear() { words_.fill(0); }
  /// 64 lines each, for headers of messages.
  const PerLine<std::uint64_t>& words() const { return words_; }
  void fingerprint(Fingerprint& into) const { words_.fingerprint(into); }
  bool operator==(const DirtyLines&) const = default;

 private:
  PerLine<std::uint64_t> words_;
};

}  // namespace dsmsim::paging
