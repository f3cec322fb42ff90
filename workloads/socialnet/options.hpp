#pragma once
// The parameters of the social network (socialnet.hpp); the defaults are those of DRust's released
// program (OSDI'24 section 7, repository uclasystem/DRust drust/src/app/socialnet).

#include "sim/base/units.hpp"
#include "sim/fabric/rpc_profile.hpp"

namespace dsmsim {

/// What services hand to each other.
enum class SocialnetPassing : unsigned char { reference, value };
constexpr auto config_values(SocialnetPassing) {
  using enum SocialnetPassing;
  return std::to_array<config::Value<SocialnetPassing>>({
      {reference, "reference", "references to objects, which who gets them reads"},
      {value, "value", "the data themselves, in the calls: the original program"},
  });
}

/// How a service gets at what it has a reference to.
enum class SocialnetAccess : unsigned char { copied, borrowed };
constexpr auto config_values(SocialnetAccess) {
  using enum SocialnetAccess;
  return std::to_array<config::Value<SocialnetAccess>>({
      {copied, "copied",
       "as released: it reads a copy of its own, which nothing caches, and writes a text back"},
      {borrowed, "borrowed", "as in the paper: through references, which engines cache and move"},
  });
}

/// When the frames of a video are read.
enum class SocialnetFetch : unsigned char { before, each };
constexpr auto config_values(SocialnetFetch) {
  using enum SocialnetFetch;
  return std::to_array<config::Value<SocialnetFetch>>({
      {before, "before", "all of them, one after the other, and then they are watermarked"},
      {each, "each", "each before it is watermarked"},
  });
}

/// What a call carries beside the data that are passed by value.
struct SocialnetArguments {
  Bytes media = Bytes(64);
  Bytes video_reference = Bytes(72);
  Bytes text_reference = Bytes(64);
  Bytes post = Bytes(208);
  Bytes small = Bytes(8);
};
void describe(config::Fields& fields, SocialnetArguments& arguments);

/// CPU times of one request beside its calls and its accesses.
struct SocialnetWork {
  Duration watermark = Duration::picoseconds(12'000'000'000);  ///< of one frame
  Duration request;                                            ///< at server 0
  Duration media;                                              ///< at the media server
  Duration text;
  Duration post;
};
void describe(config::Fields& fields, SocialnetWork& work);

struct SocialnetOptions {
  config::Sources sources;
  double scale = 1;  ///< of requests and videos: see scaled()
  std::uint64_t requests = 18'432;
  std::uint32_t batch_per_server = 256;
  std::uint32_t batch_limit = 1'024;
  std::uint32_t videos = 4'096;  ///< of each storage server
  std::uint32_t frames = 5;      ///< of a video
  Bytes frame_size = Bytes(388'800);
  Bytes image_header = Bytes(80);
  Bytes text_size = Bytes(176);
  SocialnetPassing passing = SocialnetPassing::reference;
  SocialnetAccess references = SocialnetAccess::copied;
  SocialnetFetch fetch = SocialnetFetch::before;
  Bytes access;        ///< frames are read in pieces of so much; zero: whole
  bool spins = false;  ///< a worker that reads remote data lets nobody else work
  SocialnetArguments arguments;
  SocialnetWork work;
  RpcProfile rpc;

  Bytes video_size() const { return (frame_size + image_header) * frames; }
  /// These options with `scale` 1 and fewer requests and videos. What a request does stays as it
  /// is, and so does the ratio of computing to communication; a batch stays whole as long as there
  /// are requests enough for one.
  SocialnetOptions scaled() const;
};
void describe(config::Fields& fields, SocialnetOptions& options);

}  // namespace dsmsim
