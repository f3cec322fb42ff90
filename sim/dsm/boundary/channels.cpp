#include "sim/dsm/boundary/channels.hpp"

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/dsm/boundary/handover.hpp"
#include "sim/dsm/boundary/thread.hpp"
#include "sim/dsm/contract/thread_system.hpp"

namespace dsmsim {

struct Channels::Body {
  ChannelId channel;
  std::uint64_t content;
  std::uint64_t parcel;
  Time sent;
};

ChannelId Channels::open(NodeId home, const std::string& messages, Verb verb) {
  expects(is_two_sided(verb) || verb == Verb::write, "a message is sent or written");
  channels_.emplace_back(home, verb, declare(messages, verb), cluster_.simulation().queue());
  return ChannelId(static_cast<std::uint32_t>(channels_.size() - 1));
}

MessageTypeId Channels::declare(const std::string& name, Verb verb) {
  if (!cluster_.has_fabric()) {
    return {};
  }
  MessageTypeId& type = types_[name];
  if (!type.valid()) {
    Fabric& fabric = cluster_.fabric();
    type = fabric.ledger().declare(name, verb, Purpose::program);
    fabric.set_receiver(type, this);
  }
  return type;
}

std::string Channels::name(ChannelId channel) const {
  return "channel " + std::to_string(channel.value()) + " on server " +
         std::to_string(home(channel).value());
}

Channels::Channel& Channels::checked(const Thread& thread, const Op& op) {
  const auto refuse = [&](const std::string& why) {
    throw Error("at " + to_string(thread.now()) + ": " + std::string(to_string(op.kind)) + ": " +
                why);
  };
  if (op.channel.index() >= channels_.size()) {
    refuse("there is no channel " + std::to_string(op.channel.value()));
  }
  Channel& channel = channels_[op.channel.index()];
  if (op.kind == OpKind::receive && channel.home != thread.node()) {
    refuse(name(op.channel) + " cannot be received from on server " +
           std::to_string(thread.node().value()));
  }
  return channel;
}

MaybeDuration Channels::try_local(Thread& thread, Op& op) {
  Channel& channel = checked(thread, op);
  if (op.kind == OpKind::send) {
    return std::nullopt;
  }
  const Message* const first = channel.messages.first();
  if (first == nullptr || first->parcel != 0) {  // who has waited for a Box is woken
    return std::nullopt;
  }
  return take(thread, *channel.messages.try_receive(), op);
}

Task<> Channels::perform(Thread& thread, Op& op) {
  Channel& channel = channels_[op.channel.index()];
  return op.kind == OpKind::send ? send(thread, op, channel) : receive(thread, op, channel);
}

// ---- Boxes

std::uint64_t Channels::pack(std::vector<ObjectId> boxes) {
  parcels_[++last_parcel_] = std::move(boxes);
  return last_parcel_;
}

std::vector<ObjectId> Channels::unpack(std::uint64_t parcel) {
  std::vector<ObjectId> boxes;
  if (const auto at = parcels_.find(parcel); at != parcels_.end()) {
    boxes = std::move(at->second);
    parcels_.erase(at);
  }
  return boxes;
}

// ---- messages

Task<> Channels::send(Thread& thread, const Op& op, Channel& channel) {
  Simulation& simulation = cluster_.simulation();
  const std::uint64_t parcel = op.parcel();
  std::size_t boxes = 0;
  if (parcel != 0) {
    const std::vector<ObjectId>& leaving = parcels_.at(parcel);
    boxes = leaving.size();
    co_await give_all(engine_, thread, leaving);
  }
  const Bytes length = op.length + kShippedBox * boxes;
  const auto message = [&] { return Message{length, op.content(), parcel, thread.now()}; };
  if (thread.node() == channel.home) {
    co_await simulation.delay(cluster_.profile().touch(length));
    thread.tally().charge(Category::copy, thread.now());
    channel.messages.put(message());
    co_return;
  }
  Fabric& fabric = cluster_.fabric();
  co_await simulation.delay(fabric.nic().post);
  thread.tally().charge(Category::cpu, thread.now());
  Post post{.from = thread.node(),
            .to = channel.home,
            .verb = channel.verb,
            .type = channel.type,
            .payload = length,
            .content = op.content()};
  if (is_two_sided(channel.verb)) {
    post.body = Body{op.channel, op.content(), parcel, thread.now()};
  } else {
    post.effect = land(op.channel, message());
  }
  fabric.post(post);
}

Effect Channels::land(ChannelId channel, const Message& message) {
  std::uint32_t place = static_cast<std::uint32_t>(written_.size());
  if (free_.empty()) {
    written_.push_back(message);
  } else {
    place = free_.back();
    free_.pop_back();
    written_[place] = message;
  }
  return [this, channel, place] {
    channels_[channel.index()].messages.put(written_[place]);
    free_.push_back(place);
  };
}

void Channels::tell(ChannelId channel, std::uint64_t word) {
  channels_[channel.index()].messages.put({Bytes(), word, 0, cluster_.simulation().now()});
}

Task<> Channels::receive(Thread& thread, Op& op, Channel& channel) {
  const Message message = co_await channel.messages.receive();
  thread.tally().charge(Category::lock_wait, std::min(message.sent, thread.now()));
  thread.tally().charge(Category::wire, thread.now());
  co_await cluster_.simulation().delay(take(thread, message, op));
  thread.tally().charge(Category::copy, thread.now());
}

Duration Channels::take(Thread& by, const Message& message, Op& op) {
  op.length = message.length;
  op.result = message.content;
  op.set_parcel(message.parcel);
  if (message.parcel != 0 && message.parcel != kLostSender) {
    ThreadSystem* const system = engine_.threads();
    for (const ObjectId object : parcels_.at(message.parcel)) {
      if (system != nullptr) {
        system->take(by, object);
      }
    }
    if (!op.takes_boxes()) {
      parcels_.erase(message.parcel);
    }
  }
  return cluster_.profile().touch(message.length);
}

void Channels::report_loss(ThreadId sender) {
  for (Channel& channel : channels_) {
    if (std::erase(channel.senders, sender) > 0) {
      channel.messages.put({Bytes(), sender.value(), kLostSender, cluster_.simulation().now()});
    }
  }
}

void Channels::deliver(const Delivery& delivery) {
  cluster_.fabric().repost_receive(delivery.to);
  const Body body = delivery.body.as<Body>();
  channels_[body.channel.index()].messages.put(
      {delivery.payload, body.content, body.parcel, body.sent});
}

}  // namespace dsmsim
