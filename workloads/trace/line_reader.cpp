#include "workloads/trace/line_reader.hpp"

#include <cstring>
#include <string>
#include <utility>

#include "sim/base/stop.hpp"

namespace dsmsim {

bool LineReader::next(std::string_view& line) {
  if (too_long_) {
    skip_rest();
  }
  if (!find(line)) {
    return false;
  }
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  ++number_;
  return true;
}

bool LineReader::find(std::string_view& line) {
  std::size_t searched = 0;
  while (true) {
    const char* const from = buffer_.data() + begin_;
    const void* const found = std::memchr(from + searched, '\n', end_ - begin_ - searched);
    if (found != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
      line = {from, length};
      begin_ += length + 1;
      return true;
    }
    searched = end_ - begin_;
    if (searched == kLongestLine || !fill()) {
      too_long_ = searched == kLongestLine;
      unfinished_ = !too_long_ && searched > 0;
      line = {buffer_.data() + begin_, searched};
      begin_ = end_;
      return searched > 0;
    }
  }
}

/// Reads more behind what is left, which moves to the front.
bool LineReader::fill() {
  stop_if_asked();
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    buffer_.resize(buffer_.size() * 2);
  }
  const std::size_t count = stream_.read(std::span(buffer_).subspan(end_));
  end_ += count;
  return count > 0;
}

/// Of a line that was too long.
void LineReader::skip_rest() {
  std::string_view rest;
  while (std::exchange(too_long_, false) && find(rest)) {
  }
}

}  // namespace dsmsim
