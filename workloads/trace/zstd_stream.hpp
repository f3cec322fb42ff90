#pragma once
// The bytes of a file, decompressed on the way if it is zstd: what readers of trace files read
// from.
//
// One buffer's worth of the file is in memory at a time. Errors (exit code 2) name the file: it is
// missing or unreadable, its name ends in .zst but its content does not begin like zstd, a frame is
// corrupt or cut off.

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dsmsim {

class ZstdStream {
 public:
  explicit ZstdStream(std::string path);
  ~ZstdStream();
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

  /// Fills `out`, which is not empty, from its beginning; the number of bytes is 0 at the end only.
  std::size_t read(std::span<char> out);
  const std::string& path() const { return path_; }

 private:
  struct Decompressor;
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void refill();
  std::size_t copy(std::span<char> out);
  std::size_t decompress(std::span<char> out);

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<char> input_;
  std::size_t position_ = 0;  // of what has not been used yet in input_
  std::size_t available_ = 0;
  bool at_end_ = false;
  std::unique_ptr<Decompressor> decompressor_;  // null: the file is plain
};

}  // namespace dsmsim
