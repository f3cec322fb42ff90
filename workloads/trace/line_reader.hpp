#pragma once
// The lines of a text file, numbered from 1, without copying them. A line of more than 1 MiB is an
// Error: a small compressed file can hold one that fills the memory.

#include <cstdint>
#include <string_view>
#include <vector>

#include "workloads/trace/zstd_stream.hpp"

namespace dsmsim {

class LineReader {
 public:
  explicit LineReader(std::string path) : stream_(std::move(path)), buffer_(kBuffer) {}

  /// The next line without its end; false when there is none. `line` is valid until the next call.
  bool next(std::string_view& line);
  std::uint64_t number() const { return number_; }
  const std::string& path() const { return stream_.path(); }

 private:
  static constexpr std::size_t kBuffer = std::size_t{256} << 10;
  static constexpr std::size_t kLongestLine = 4 * kBuffer;
  bool fill();

  ZstdStream stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what has not been given out in buffer_
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace dsmsim
