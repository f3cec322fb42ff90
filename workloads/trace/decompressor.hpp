#pragma once
// The forms of compression in which traces are read, each by the library that defines it, and the
// forms that are only told by their name. A file is what its first bytes say, whatever it is
// called.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace dsmsim {

/// One compressed member (a zstd frame, a gzip member, an xz or bzip2 stream); a file may hold
/// several, each of which has a decompressor of its own.
class Decompressor {
 public:
  struct Step {
    std::size_t taken = 0;  ///< bytes of the input
    std::size_t given = 0;  ///< bytes of the output
    bool ended = false;     ///< the member is complete
  };
  virtual ~Decompressor() = default;
  /// Turns some of `in` into some of `out`. Throws Error with the reason if `in` is corrupt.
  virtual Step step(std::span<const char> in, std::span<char> out) = 0;
};

struct Compression {
  std::string_view name;
  std::string_view magic;                   ///< the first bytes of a file
  std::string_view suffix;                  ///< of the file's name
  std::unique_ptr<Decompressor> (*make)();  ///< null: it is known, but not read
};

std::span<const Compression> compressions();

}  // namespace dsmsim
