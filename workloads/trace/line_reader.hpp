#pragma once
// The lines of a text file, numbered from 1, without copying them. A carriage return before the end
// of a line is no part of it. Of a line of more than 1 MiB only the beginning is given out: a small
// compressed file can hold one that would fill the memory, or endlessly many empty ones, so between
// buffers it asks whether to stop (sim/base/stop.hpp).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/trace/input_stream.hpp"

namespace dsmsim {

class LineReader {
 public:
  explicit LineReader(std::string path) : stream_(std::move(path)), buffer_(kBuffer) {}

  /// The next line without its end; false when there is none. `line` is valid until the next call.
  bool next(std::string_view& line);
  std::uint64_t number() const { return number_; }
  const std::string& path() const { return stream_.path(); }
  /// The last line that was given out is only the beginning of a longer one.
  bool too_long() const { return too_long_; }
  /// It is the file's last, and has no end.
  bool unfinished() const { return unfinished_; }
  /// At the end of a file that is not whole: what is cut off (InputStream::cut).
  std::string cut() const { return stream_.cut(); }

 private:
  static constexpr std::size_t kBuffer = std::size_t{256} << 10;
  static constexpr std::size_t kLongestLine = 4 * kBuffer;
  bool find(std::string_view& line);
  bool fill();
  void skip_rest();

  InputStream stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what has not been given out in buffer_
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
  bool too_long_ = false;
  bool unfinished_ = false;
};

}  // namespace dsmsim
