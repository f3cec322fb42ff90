#include "workloads/trace/decompressor.hpp"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

using namespace std::string_view_literals;

/// What the libraries count in 32 bits.
unsigned shortened(std::size_t size) {
  return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

class ZstdFrame final : public Decompressor {
 public:
  ZstdFrame() = default;
  ~ZstdFrame() override { ZSTD_freeDStream(stream_); }
  ZstdFrame(const ZstdFrame&) = delete;
  ZstdFrame& operator=(const ZstdFrame&) = delete;

  Step step(std::span<const char> in, std::span<char> out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(stream_, &output, &input);
    if (ZSTD_isError(hint) != 0) {
      throw Error(ZSTD_getErrorName(hint));
    }
    return {input.pos, output.pos, hint == 0};
  }

 private:
  ZSTD_DStream* stream_ = ZSTD_createDStream();
};

class GzipMember final : public Decompressor {
 public:
  GzipMember() { inflateInit2(&stream_, MAX_WBITS + kGzipOnly); }
  ~GzipMember() override { inflateEnd(&stream_); }
  GzipMember(const GzipMember&) = delete;
  GzipMember& operator=(const GzipMember&) = delete;

  Step step(std::span<const char> in, std::span<char> out) override {
    const unsigned available = stream_.avail_in = shortened(in.size());
    const unsigned room = stream_.avail_out = shortened(out.size());
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // it only reads
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      throw Error(stream_.msg != nullptr ? stream_.msg : zError(status));
    }
    return {available - stream_.avail_in, room - stream_.avail_out, status == Z_STREAM_END};
  }

 private:
  static constexpr int kGzipOnly = 16;  // zlib.h, inflateInit2
  z_stream stream_ = {};
};

class XzStream final : public Decompressor {
 public:
  XzStream() { check(lzma_stream_decoder(&stream_, kMostMemory, 0)); }
  ~XzStream() override { lzma_end(&stream_); }
  XzStream(const XzStream&) = delete;
  XzStream& operator=(const XzStream&) = delete;

  Step step(std::span<const char> in, std::span<char> out) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret status = lzma_code(&stream_, LZMA_RUN);
    check(status);
    return {in.size() - stream_.avail_in, out.size() - stream_.avail_out,
            status == LZMA_STREAM_END};
  }

 private:
  static void check(lzma_ret status) {
    if (status == LZMA_MEM_ERROR || status == LZMA_MEMLIMIT_ERROR) {
      throw Error("needs more than " + std::to_string(kMostMemory >> 20) + " MiB to decompress");
    }
    if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR) {
      throw Error("error " + std::to_string(status) + " of liblzma");
    }
  }
  static constexpr std::uint64_t kMostMemory = std::uint64_t{128} << 20;  // `xz -9` asks for 65 MiB
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Bzip2Stream final : public Decompressor {
 public:
  Bzip2Stream() { BZ2_bzDecompressInit(&stream_, 0, 0); }
  ~Bzip2Stream() override { BZ2_bzDecompressEnd(&stream_); }
  Bzip2Stream(const Bzip2Stream&) = delete;
  Bzip2Stream& operator=(const Bzip2Stream&) = delete;

  Step step(std::span<const char> in, std::span<char> out) override {
    const unsigned available = stream_.avail_in = shortened(in.size());
    const unsigned room = stream_.avail_out = shortened(out.size());
    stream_.next_in = const_cast<char*>(in.data());  // it only reads
    stream_.next_out = out.data();
    const int status = BZ2_bzDecompress(&stream_);
    if (status != BZ_OK && status != BZ_STREAM_END) {
      throw Error("error " + std::to_string(status) + " of libbz2");
    }
    return {available - stream_.avail_in, room - stream_.avail_out, status == BZ_STREAM_END};
  }

 private:
  bz_stream stream_ = {};
};

template <class Form>
std::unique_ptr<Decompressor> make() {
  return std::make_unique<Form>();
}

constexpr std::array kCompressions = {
    Compression{"zstd", "\x28\xb5\x2f\xfd"sv, ".zst", make<ZstdFrame>},
    Compression{"zstd", "\x50\x2a\x4d\x18"sv, "", make<ZstdFrame>},  // RFC 8878, section 3.1.2
    Compression{"gzip", "\x1f\x8b"sv, ".gz", make<GzipMember>},
    Compression{"xz", "\xfd\x37\x7a\x58\x5a\0"sv, ".xz", make<XzStream>},
    Compression{"bzip2", "BZh"sv, ".bz2", make<Bzip2Stream>},
    Compression{"zip", "PK\3\4"sv, ".zip", nullptr},
    Compression{"lz4", "\x04\x22\x4d\x18"sv, ".lz4", nullptr},
    Compression{"7z", "7z\xbc\xaf\x27\x1c"sv, ".7z", nullptr},
    Compression{"UTF-16 text", "\xff\xfe"sv, "", nullptr},
    Compression{"UTF-16 text", "\xfe\xff"sv, "", nullptr},
};

}  // namespace

std::span<const Compression> compressions() { return kCompressions; }

}  // namespace dsmsim
