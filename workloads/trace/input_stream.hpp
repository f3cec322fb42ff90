#pragma once
// The bytes of a file, decompressed on the way if it is compressed (decompressor.hpp): what readers
// of trace files read from.
//
// One buffer's worth of the file is in memory at a time. Errors (exit code 2) are one line that
// names the file: it is missing or unreadable, its name promises a compression that its content is
// not, it is of a form that is not read, it is corrupt. A file that ends inside a compressed member
// is none: what there is of it can be read, and cut() tells.

#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "workloads/trace/decompressor.hpp"

namespace dsmsim {

class InputStream {
 public:
  explicit InputStream(std::string path);

  /// Fills `out`, which is not empty, from its beginning; the number of bytes is 0 at the end only.
  std::size_t read(std::span<char> out);
  const std::string& path() const { return path_; }
  /// "the gzip stream is cut off", at the end of a file that ends within one; else "".
  std::string cut() const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void find_form();
  void refill();
  std::span<const char> rest() const { return std::span(input_).subspan(position_, left()); }
  std::size_t left() const { return available_ - position_; }
  std::size_t copy(std::span<char> out);
  std::size_t decompress(std::span<char> out);
  Decompressor::Step step(std::span<char> out);
  [[noreturn]] void fail(const std::string& why) const;

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<char> input_;
  std::size_t position_ = 0;  // of what has not been used yet in input_
  std::size_t available_ = 0;
  bool at_end_ = false;
  bool cut_ = false;
  const Compression* form_ = nullptr;     // null: the file is plain
  std::unique_ptr<Decompressor> member_;  // null: before the next member
};

}  // namespace dsmsim
