#include "workloads/trace/input_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "sim/base/error.hpp"

namespace dsmsim {

namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;

}  // namespace

InputStream::InputStream(std::string path)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "rb")), input_(kBuffer) {
  if (!file_) {
    throw Error(path_ + ": " + std::strerror(errno));
  }
  refill();
  find_form();
}

void InputStream::find_form() {
  std::string begin(input_.data(), std::min<std::size_t>(available_, 16));
  // Frames to skip may stand before the first; of their sixteen magic numbers one is in the table.
  if (begin.size() >= 4 && begin.substr(1, 3) == "\x2a\x4d\x18" && (begin[0] & 0xf0) == 0x50) {
    begin[0] = '\x50';
  }
  for (const Compression& each : compressions()) {
    if (begin.starts_with(each.magic)) {
      form_ = &each;
      break;
    }
  }
  if (form_ != nullptr && form_->make == nullptr) {
    throw Error(path_ + ": is " + std::string(form_->name) +
                "; traces are read as plain text, zstd, gzip, xz or bzip2");
  }
  for (const Compression& each : compressions()) {
    if (form_ == nullptr && !each.suffix.empty() && path_.ends_with(each.suffix)) {
      throw Error(path_ + ": is not " + std::string(each.name) + ", although its name ends in " +
                  std::string(each.suffix));
    }
  }
}

std::string InputStream::cut() const {
  return cut_ ? "the " + std::string(form_->name) + " stream is cut off" : "";
}

void InputStream::refill() {
  position_ = 0;
  available_ = std::fread(input_.data(), 1, input_.size(), file_.get());
  if (std::ferror(file_.get()) != 0) {
    throw Error(path_ + ": " + std::strerror(errno));
  }
  at_end_ = available_ == 0;
}

std::size_t InputStream::read(std::span<char> out) {
  return form_ != nullptr ? decompress(out) : copy(out);
}

std::size_t InputStream::copy(std::span<char> out) {
  if (left() == 0 && !at_end_) {
    refill();
  }
  const std::size_t count = std::min(out.size(), left());
  std::copy_n(rest().data(), count, out.data());
  position_ += count;
  return count;
}

std::size_t InputStream::decompress(std::span<char> out) {
  while (true) {
    if (left() == 0 && !at_end_) {
      refill();
    }
    if (!member_ && at_end_) {
      return 0;
    }
    if (!member_) {
      member_ = form_->make();
    }
    const Decompressor::Step done = step(out);
    position_ += done.taken;
    if (done.ended) {
      member_.reset();
    }
    if (done.given > 0) {
      return done.given;
    }
    if (at_end_ && !done.ended) {
      cut_ = true;
      return 0;
    }
    if (done.taken == 0 && !done.ended) {
      fail("makes no progress");
    }
  }
}

Decompressor::Step InputStream::step(std::span<char> out) {
  try {
    return member_->step(rest(), out);
  } catch (const Error& error) {
    fail(error.what());
  }
}

void InputStream::fail(const std::string& why) const {
  throw Error(path_ + ": corrupt " + std::string(form_->name) + ": " + why);
}

}  // namespace dsmsim
