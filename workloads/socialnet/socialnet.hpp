#pragma once
// DRust's social network, as far as it was released: compose_post (Ma et al., OSDI'24, section 7;
// repository uclasystem/DRust drust/src/app/socialnet). Server 0 issues requests in batches; each
// takes a video of a storage server, watermarks its frames on a media server, hands the result to
// the storage server, searches a text on a text server and stores a post there: five remote calls.
//
// Services hand references to each other, or, in the original program, the data.

#include <memory>
#include <vector>

#include "sim/dsm/library/rpc.hpp"
#include "workloads/generators/drivers.hpp"
#include "workloads/socialnet/options.hpp"

namespace dsmsim {

/// Where the parts of a request are, given its identifier and the number of servers.
struct SocialnetPlaces {
  NodeId media;
  NodeId text;
  NodeId storage;
  std::uint64_t video = 0;  ///< of the storage server, modulo how many it has
};
SocialnetPlaces places_of(std::uint64_t id, std::size_t servers);
/// The servers that store videos.
struct SocialnetStorage {
  std::uint32_t servers;
  std::uint32_t first;
};
SocialnetStorage storage_of(std::size_t servers);

class Socialnet final : public Program {
 public:
  explicit Socialnet(SocialnetOptions options) : options_(options.scaled()) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return options_.requests; }
  void report(CounterReport& numbers) const override;

 private:
  using Rpc = library::Rpc;
  using Message = Rpc::Message;

  /// A request under way; calls name it.
  struct Request {
    std::uint64_t id = 0;
    SocialnetPlaces places = {};
    ObjectId text = {};
  };
  struct Video {
    ObjectId headers;
    std::vector<ObjectId> frames;
  };
  struct Storage {
    NodeId server;
    std::vector<Video> videos;
  };
  /// The services of a server that others call.
  struct Services {
    Rpc::Endpoint media;
    Rpc::Endpoint get_media;
    Rpc::Endpoint store_media;
    Rpc::Endpoint text;
    Rpc::Endpoint store_post;
  };

  std::size_t batch(std::size_t servers) const;
  bool by_value() const { return options_.passing == SocialnetPassing::value; }
  bool borrows() const { return options_.references == SocialnetAccess::borrowed; }
  Task<> build_storage(Thread& thread);
  Task<> fill(Thread& thread, Storage& storage);
  Task<ObjectId> allocate(Thread& thread, Bytes size);
  void offer_services(World& world);

  Task<> issue(Thread& thread, std::size_t client, std::size_t clients, StartLine& start);
  Task<> compose(Thread& thread, Request& request);
  Task<ObjectId> write_text(Thread& thread);

  // Services.
  Task<Message> media(Thread& thread, Message message);
  Task<Message> get_media(Thread& thread, Message message);
  Task<Message> store_media(Thread& thread, Message message);
  Task<Message> text(Thread& thread, Message message);
  Task<Message> store_post(Thread& thread, Message message);

  const Video& video_of(const SocialnetPlaces& places) const;
  Task<> fetch(Thread& thread, const Video& video);
  Task<> watermark(Thread& thread, const Video* video);
  Task<> fetch_frame(Thread& thread, ObjectId frame);
  Task<> read(Thread& thread, ObjectId object, Bytes piece);
  Task<> change_text(Thread& thread, ObjectId text);

  SocialnetOptions options_;
  std::unique_ptr<Rpc> rpc_;
  std::vector<Services> services_;  ///< by server
  std::vector<Storage> storages_;
  std::vector<Request> requests_;
  std::unique_ptr<Barrier> batch_end_;
  KindId compose_kind_;
  std::uint64_t posts_ = 0;
  std::uint64_t frames_fetched_ = 0;
};

}  // namespace dsmsim
