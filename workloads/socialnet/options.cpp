#include "workloads/socialnet/options.hpp"

#include "workloads/generators/scale.hpp"

namespace dsmsim {

using namespace literals;

SocialnetOptions SocialnetOptions::scaled() const {
  SocialnetOptions all = *this;
  all.requests = scaled_number(requests, scale);
  all.videos = static_cast<std::uint32_t>(scaled_number(videos, scale));
  all.scale = 1;
  return all;
}

void describe(config::Fields& f, SocialnetArguments& a) {
  f.optional("media", a.media, "closure of a call of the media service");
  f.optional("video_reference", a.video_reference,
             "reference to the frames of a video, as the answer of get_media, and the frames' "
             "header, which store_media takes",
             config::at_least(16_B));
  f.optional("text_reference", a.text_reference, "mutable reference to a text");
  f.optional("post", a.post, "a post, with the header of its text");
  f.optional("small", a.small, "an identifier, and an answer without data");
}

void describe(config::Fields& f, SocialnetWork& w) {
  f.optional("watermark", w.watermark, "of one frame");
  f.optional("request", w.request, "of a request at server 0: identifiers, tasks");
  f.optional("media", w.media, "of a request at its media server, beside the watermarks");
  f.optional("text", w.text, "the text is searched for mentions");
  f.optional("post", w.post, "a post is put into the map of its server");
}

namespace {

void describe_sizes(config::Fields& f, SocialnetOptions& o) {
  f.optional("scale", o.scale, "factor of requests and videos", config::range(1e-5, 1.0));
  f.optional("requests", o.requests, "posts that are composed", config::positive());
  f.optional(
      "batch_per_server", o.batch_per_server,
      "requests under way at a time, for each server; the next ones begin when all have ended",
      config::range(1, 65536));
  f.optional("batch_limit", o.batch_limit, "of all servers together", config::range(1, 65536));
  f.optional("videos", o.videos, "of each storage server", config::range(1, 1 << 24));
  f.optional("frames", o.frames, "of a video", config::range(1, 1024));
  f.optional("frame_size", o.frame_size, "bytes of a frame", config::range(8_B, 1_GiB));
  f.optional("image_header", o.image_header, "bytes of a frame's header",
             config::range(8_B, 4_KiB));
  f.optional("text_size", o.text_size, "bytes of a text", config::range(8_B, 1_MiB));
}

}  // namespace

void describe(config::Fields& f, SocialnetOptions& o) {
  f.sources(o.sources);
  describe_sizes(f, o);
  f.optional("passing", o.passing, "what services hand to each other");
  f.optional("references", o.references, "how a service gets at what it has a reference to");
  f.optional("fetch", o.fetch, "when the frames of a video are read");
  f.optional("access", o.access, "frames are read in pieces of so many bytes; 0: whole");
  f.optional("spins", o.spins, "a worker that waits for frames lets nobody else work meanwhile");
  f.nested("arguments", o.arguments, "what calls carry");
  f.nested("work", o.work, "CPU times of one request beside its calls and accesses");
  f.nested("rpc", o.rpc, "what a call costs");
  f.check(o.access == 0_B || o.frame_size.count() % o.access.count() == 0, "access",
          "must divide frame_size");
}

}  // namespace dsmsim
