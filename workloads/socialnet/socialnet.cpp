#include "workloads/socialnet/socialnet.hpp"

#include "sim/base/int128.hpp"

namespace dsmsim {

// ---- where things are

SocialnetStorage storage_of(std::size_t servers) {
  if (servers <= 2) {
    return {.servers = 1, .first = servers == 1 ? 0u : 1u};
  }
  return {.servers = 2, .first = servers == 3 ? 1u : 2u};
}

SocialnetPlaces places_of(std::uint64_t id, std::size_t servers) {
  constexpr std::uint64_t kPrime = 1'000'000'007;
  const auto server = [servers, id](std::uint64_t factor) {
    return NodeId(static_cast<std::uint32_t>(id % servers * factor % servers));
  };
  const SocialnetStorage storage = storage_of(servers);
  const std::uint64_t hash = (id + 17) % kPrime * 107 % kPrime;
  return {.media = server(107),
          .text = server(113),
          .storage = NodeId(static_cast<std::uint32_t>(hash % storage.servers) + storage.first),
          .video = hash / storage.servers};
}

std::size_t Socialnet::batch(std::size_t servers) const {
  const std::uint64_t most =
      std::min<std::uint64_t>(servers * options_.batch_per_server, options_.batch_limit);
  return std::min(most, options_.requests);
}

Demand Socialnet::demand(std::size_t servers) const {
  Demand demand;
  demand.threads = batch(servers);
  const std::uint64_t videos = std::uint64_t{storage_of(servers).servers} * options_.videos;
  demand.add(videos * options_.frames, options_.frame_size);
  demand.add(videos, options_.image_header * options_.frames);
  return demand;
}

// ---- set-up

Task<> Socialnet::main(Thread& thread) {
  World& world = thread.world();
  compose_kind_ = world.meter().define("compose_post");
  const std::size_t servers = world.compute_servers();
  const std::size_t clients = batch(servers);
  RandomStream ids = world.simulation().random("socialnet.ids");
  for (std::uint64_t i = 0; i < options_.requests; ++i) {
    const std::uint64_t id = ids.below(1'000'000'000'000'000'000);
    requests_.push_back({.id = id, .places = places_of(id, servers)});
  }
  rpc_ = std::make_unique<Rpc>(world, options_.rpc);
  offer_services(world);
  batch_end_ = std::make_unique<Barrier>(world.simulation().queue(), clients);
  co_await build_storage(thread);

  Task<> run = run_drivers(
      thread, clients, [](std::size_t) { return NodeId(0); },
      [this, clients](Thread& t, std::size_t client, StartLine& start) {
        return issue(t, client, clients, start);
      });
  co_await run;
  rpc_->close();
}

void Socialnet::offer_services(World& world) {
  using Work = Task<Message> (Socialnet::*)(Thread&, Message);
  for (std::uint32_t i = 0; i < world.compute_servers(); ++i) {
    const auto offer = [&](const char* name, Work work) {
      return rpc_->offer(name, NodeId(i), [this, work](Thread& t, Message m) {
        return (this->*work)(t, std::move(m));
      });
    };
    Services services;
    services.media = offer("media_service", &Socialnet::media);
    services.get_media = offer("get_media", &Socialnet::get_media);
    services.store_media = offer("store_media", &Socialnet::store_media);
    services.text = offer("text_service", &Socialnet::text);
    services.store_post = offer("store_post", &Socialnet::store_post);
    services_.push_back(services);
  }
}

Task<> Socialnet::build_storage(Thread& thread) {
  const SocialnetStorage all = storage_of(thread.world().compute_servers());
  for (std::uint32_t i = 0; i < all.servers; ++i) {
    storages_.push_back({NodeId(all.first + i), {}});
  }
  Task<> filling = run_on_servers(
      thread, storages_.size(), [this](std::size_t i) { return storages_[i].server; },
      [this](Thread& t, std::size_t i) { return fill(t, storages_[i]); });
  co_await filling;
}

Task<ObjectId> Socialnet::allocate(Thread& thread, Bytes size) {
  ObjectId object;
  if (borrows()) {
    object = co_await thread.allocate(size);
  } else {
    object = co_await thread.allocate_raw(size);
  }
  co_return object;
}

Task<> Socialnet::fill(Thread& thread, Storage& storage) {
  for (std::uint32_t i = 0; i < options_.videos; ++i) {
    Video video;
    const Bytes headers = options_.image_header * options_.frames;
    video.headers = co_await allocate(thread, headers);
    co_await thread.write(video.headers, Bytes(0), headers);
    for (std::uint32_t frame = 0; frame < options_.frames; ++frame) {
      video.frames.push_back(co_await allocate(thread, options_.frame_size));
      co_await thread.write(video.frames.back(), Bytes(0), options_.frame_size);
    }
    storage.videos.push_back(std::move(video));
  }
  co_await thread.fence();
}

// ---- server 0

Task<> Socialnet::issue(Thread& thread, std::size_t client, std::size_t clients, StartLine& start) {
  co_await start.pass(thread);
  for (std::uint64_t first = 0; first < options_.requests; first += clients) {
    if (first + client < options_.requests) {
      const Time begin = thread.now();
      co_await compose(thread, requests_[first + client]);
      thread.count_operation(compose_kind_, begin);
    }
    co_await thread.barrier(*batch_end_);
  }
}

Task<> Socialnet::compose(Thread& thread, Request& request) {
  const std::uint64_t number = static_cast<std::uint64_t>(&request - requests_.data());
  const Bytes carried = by_value() ? options_.text_size : Bytes(0);
  co_await thread.compute(options_.work.request);
  if (!by_value()) {
    request.text = co_await write_text(thread);
  }
  const Services& text_server = services_[request.places.text.index()];
  Message to_media{options_.arguments.media, number, {}};
  Message to_text{options_.arguments.text_reference + carried, number, {}};
  Message to_post{options_.arguments.post + carried, number, {}};
  const Rpc::Ticket media = co_await rpc_->begin(
      thread, services_[request.places.media.index()].media, std::move(to_media));
  const Rpc::Ticket text = co_await rpc_->begin(thread, text_server.text, std::move(to_text));
  co_await rpc_->finish(thread, media);
  co_await rpc_->finish(thread, text);
  co_await rpc_->call(thread, text_server.store_post, std::move(to_post));
  if (!by_value()) {
    co_await thread.release(request.text);
  }
}

Task<ObjectId> Socialnet::write_text(Thread& thread) {
  const ObjectId text = co_await allocate(thread, options_.text_size);
  co_await thread.write(text, Bytes(0), options_.text_size);
  co_return text;
}

// ---- media

Task<Socialnet::Message> Socialnet::media(Thread& thread, Message message) {
  const SocialnetPlaces& places = requests_[message.content].places;
  const Services& storage = services_[places.storage.index()];
  Message which{options_.arguments.small, message.content, {}};
  co_await rpc_->call(thread, storage.get_media, std::move(which));
  co_await thread.compute(options_.work.media);
  Message marked{options_.arguments.video_reference, message.content, {}};
  if (by_value()) {
    co_await watermark(thread, nullptr);
    marked.payload += options_.video_size();
  } else {
    const Video& video = video_of(places);
    co_await fetch(thread, video);
    co_await watermark(thread, &video);
    const Bytes size = options_.video_size();
    const ObjectId result = co_await thread.allocate(size);
    co_await thread.write(result, Bytes(0), size);
    marked.boxes.push_back(result);
  }
  co_await rpc_->call(thread, storage.store_media, std::move(marked));
  co_return Message{options_.arguments.small, message.content, {}};
}

const Socialnet::Video& Socialnet::video_of(const SocialnetPlaces& places) const {
  const std::uint32_t first = storages_.front().server.value();
  const std::vector<Video>& videos = storages_[places.storage.value() - first].videos;
  return videos[places.video % videos.size()];
}

Task<> Socialnet::fetch(Thread& thread, const Video& video) {
  thread.spin(options_.spins);
  co_await read(thread, video.headers, Bytes(0));
  if (options_.fetch == SocialnetFetch::before) {
    for (const ObjectId frame : video.frames) {
      co_await fetch_frame(thread, frame);
    }
  }
  thread.spin(false);
}

Task<> Socialnet::watermark(Thread& thread, const Video* video) {
  for (std::uint32_t frame = 0; frame < options_.frames; ++frame) {
    if (video != nullptr && options_.fetch == SocialnetFetch::each) {
      thread.spin(options_.spins);
      co_await fetch_frame(thread, video->frames[frame]);
      thread.spin(false);
    }
    co_await thread.compute(options_.work.watermark);
  }
}

Task<> Socialnet::fetch_frame(Thread& thread, ObjectId frame) {
  co_await read(thread, frame, options_.access);
  ++frames_fetched_;
}

/// All of an object, in pieces; none: at once.
Task<> Socialnet::read(Thread& thread, ObjectId object, Bytes piece) {
  const Bytes size = thread.world().objects().size(object);
  const Bytes step = piece == Bytes(0) ? size : piece;
  Borrow reference{object, {}};  // none
  if (borrows()) {
    reference = co_await thread.borrow(object);
  }
  for (Bytes at; at < size; at += step) {
    co_await thread.read(reference, at, step);
  }
  if (borrows()) {
    co_await thread.give_back(reference);
  }
}

Task<Socialnet::Message> Socialnet::get_media(Thread& thread, Message message) {
  Message answer{options_.arguments.video_reference, message.content, {}};
  if (by_value()) {
    const Video& video = video_of(requests_[message.content].places);
    co_await read(thread, video.headers, Bytes(0));
    for (const ObjectId frame : video.frames) {
      co_await fetch_frame(thread, frame);
    }
    answer.payload += options_.video_size();
  }
  co_return answer;
}

/// The store is none: the frames are dropped.
Task<Socialnet::Message> Socialnet::store_media(Thread& thread, Message message) {
  for (const ObjectId video : message.boxes) {
    co_await thread.release(video);
  }
  co_return Message{options_.arguments.small, message.content, {}};
}

// ---- text and post

Task<Socialnet::Message> Socialnet::text(Thread& thread, Message message) {
  Message answer{options_.arguments.small, message.content, {}};
  if (by_value()) {
    co_await thread.compute(options_.work.text);
    answer.payload += options_.text_size;
  } else {
    co_await change_text(thread, requests_[message.content].text);
  }
  co_return answer;
}

Task<> Socialnet::change_text(Thread& thread, ObjectId text) {
  const Bytes size = options_.text_size;
  Borrow reference{text, {}};  // none
  if (borrows()) {
    reference = co_await thread.borrow_mut(text);
  }
  co_await thread.read(reference, Bytes(0), size);
  co_await thread.compute(options_.work.text);
  co_await thread.write(reference, Bytes(0), size);
  if (borrows()) {
    co_await thread.give_back(reference);
  }
}

Task<Socialnet::Message> Socialnet::store_post(Thread& thread, Message message) {
  if (!by_value()) {
    co_await read(thread, requests_[message.content].text, Bytes(0));
  }
  co_await thread.compute(options_.work.post);
  ++posts_;
  co_return Message{options_.arguments.small, message.content, {}};
}

void Socialnet::report(CounterReport& numbers) const {
  numbers.add("posts", posts_);
  numbers.add("frames_fetched", frames_fetched_);
  if (rpc_ != nullptr) {
    numbers.add("rpc_calls", rpc_->calls());
    numbers.add("rpc_threads", rpc_->threads());
  }
}

}  // namespace dsmsim
