#include "workloads/trace/line_reader.hpp"

#include <cstring>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim {

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;
  while (true) {
    const char* const from = buffer_.data() + begin_;
    const void* const found = std::memchr(from + searched, '\n', end_ - begin_ - searched);
    if (found != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
      line = {from, length};
      begin_ += length + 1;
      break;
    }
    searched = end_ - begin_;
    if (!fill()) {
      if (searched == 0) {
        return false;
      }
      line = {buffer_.data() + begin_, searched};  // a last line without an end
      begin_ = end_;
      break;
    }
  }
  ++number_;
  return true;
}

/// Reads more behind what is left, which moves to the front.
bool LineReader::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    if (end_ == kLongestLine) {
      throw Error(stream_.path() + ":" + std::to_string(number_ + 1) +
                  "  the line is longer than 1 MiB");
    }
    buffer_.resize(buffer_.size() * 2);
  }
  const std::size_t count = stream_.read(std::span(buffer_).subspan(end_));
  end_ += count;
  return count > 0;
}

}  // namespace dsmsim
