#include "workloads/trace/zstd_stream.hpp"

#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "sim/base/error.hpp"

namespace dsmsim {

namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;
constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";

}  // namespace

struct ZstdStream::Decompressor {
  Decompressor() : stream(ZSTD_createDStream()) {}
  ~Decompressor() { ZSTD_freeDStream(stream); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  ZSTD_DStream* stream;
  bool inside_frame = false;
};

ZstdStream::ZstdStream(std::string path)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "rb")), input_(kBuffer) {
  if (!file_) {
    throw Error(path_ + ": " + std::strerror(errno));
  }
  refill();
  if (std::string_view(input_.data(), available_).substr(0, kMagic.size()) == kMagic) {
    decompressor_ = std::make_unique<Decompressor>();
  } else if (path_.ends_with(".zst")) {
    throw Error(path_ + ": is not zstd, although its name ends in .zst");
  }
}

ZstdStream::~ZstdStream() = default;

void ZstdStream::refill() {
  position_ = 0;
  available_ = std::fread(input_.data(), 1, input_.size(), file_.get());
  if (std::ferror(file_.get()) != 0) {
    throw Error(path_ + ": " + std::strerror(errno));
  }
  at_end_ = available_ == 0;
}

std::size_t ZstdStream::read(std::span<char> out) {
  return decompressor_ ? decompress(out) : copy(out);
}

std::size_t ZstdStream::copy(std::span<char> out) {
  if (position_ == available_ && !at_end_) {
    refill();
  }
  const std::size_t count = std::min(out.size(), available_ - position_);
  std::copy_n(input_.data() + position_, count, out.data());
  position_ += count;
  return count;
}

std::size_t ZstdStream::decompress(std::span<char> out) {
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  while (output.pos == 0) {
    if (position_ == available_ && !at_end_) {
      refill();
    }
    if (at_end_ && !decompressor_->inside_frame) {
      return 0;
    }
    ZSTD_inBuffer input{input_.data(), available_, position_};
    const std::size_t hint = ZSTD_decompressStream(decompressor_->stream, &output, &input);
    if (ZSTD_isError(hint) != 0) {
      throw Error(path_ + ": corrupt zstd: " + ZSTD_getErrorName(hint));
    }
    if (at_end_ && output.pos == 0) {
      throw Error(path_ + ": the zstd frame is cut off");
    }
    position_ = input.pos;
    decompressor_->inside_frame = hint != 0;
  }
  return output.pos;
}

}  // namespace dsmsim
