#include "sim/dsm/library/rpc.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/base/error.hpp"
#include "sim/dsm/contract/launch.hpp"

namespace dsmsim::library {
namespace {

/// Words that are no calls (Channels::tell).
constexpr std::uint64_t kEnd = ~std::uint64_t{0};
constexpr std::uint64_t kExpired = std::uint64_t{1} << 63;

/// A ticket is a place in the table and how often that has been used.
constexpr unsigned kPlaceBits = 32;
constexpr std::uint64_t kUses = (std::uint64_t{1} << 30) - 1;

}  // namespace

Rpc::Rpc(World& world, RpcProfile profile)
    : world_(world), profile_(std::move(profile)), servers_(world.compute_servers()) {
  for (std::uint32_t server = 0; server < servers_.size(); ++server) {
    servers_[server].requests =
        world_.channels().open(NodeId(server), "rpc_request", profile_.verb());
  }
}

Rpc::Endpoint Rpc::offer(const std::string& service, NodeId server, Handler handler) {
  const Endpoint endpoint(static_cast<std::uint32_t>(services_.size()));
  if (!registry_.emplace(std::pair(service, server), endpoint).second) {
    throw std::logic_error("service " + service + " is there twice");
  }
  services_.push_back({service, server, std::move(handler)});
  return endpoint;
}

Rpc::Endpoint Rpc::find(const std::string& service, NodeId server) const {
  const auto at = registry_.find({service, server});
  if (at == registry_.end()) {
    throw Error("server " + std::to_string(server.value()) + " has no service " + service);
  }
  return at->second;
}

// ---- the table of calls

Rpc::Ticket Rpc::open(Endpoint endpoint, ChannelId reply, Message message) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(calls_.size()));
    calls_.emplace_back();
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  Call& call = calls_[place];
  call.stage = Stage::sent;
  call.attempts = 1;
  call.endpoint = endpoint;
  call.reply = reply;
  call.request = std::move(message);
  ++begun_;
  return Ticket((call.use & kUses) << kPlaceBits | place);
}

Rpc::Call* Rpc::find(Ticket ticket) {
  Call& call = calls_[static_cast<std::uint32_t>(ticket.value())];
  const bool same = (call.use & kUses) == ticket.value() >> kPlaceBits;
  return same && call.stage != Stage::free ? &call : nullptr;
}

ChannelId Rpc::reply_channel(Thread& thread) {
  const std::size_t index = thread.id().index();
  replies_.resize(std::max(replies_.size(), index + 1));
  if (!replies_[index].valid()) {
    replies_[index] = world_.channels().open(thread.node(), "rpc_reply", profile_.verb());
  }
  return replies_[index];
}

// ---- who calls

Task<Rpc::Message> Rpc::call(Thread& thread, Endpoint endpoint, Message message) {
  const Ticket ticket = co_await begin(thread, endpoint, std::move(message));
  co_return co_await finish(thread, ticket);
}

Task<Rpc::Ticket> Rpc::begin(Thread& thread, Endpoint endpoint, Message message) {
  co_await thread.fence();
  co_await thread.compute(profile_.caller + profile_.encode * message.payload);
  const Ticket ticket = open(endpoint, reply_channel(thread), std::move(message));
  co_await request(thread, ticket);
  co_return ticket;
}

Task<> Rpc::request(Thread& thread, Ticket ticket) {
  Call& call = *find(ticket);
  const NodeId node = services_[call.endpoint.index()].server;
  Server& server = servers_[node.index()];
  ++server.coming;
  staff(server, node);
  if (profile_.timeout > Duration()) {
    expire_later(ticket);
  }
  const std::vector<ObjectId> boxes = std::move(call.request.boxes);
  const Bytes bytes = profile_.request(call.request.payload);
  co_await send(thread, server.requests, bytes, ticket, boxes);
}

Task<> Rpc::send(Thread& thread, ChannelId channel, Bytes bytes, Ticket ticket,
                 const std::vector<ObjectId>& boxes) {
  if (boxes.empty()) {
    co_await thread.send(channel, bytes, ticket.value());
    co_return;
  }
  const Bytes shipped = std::min(bytes, kShippedBox * boxes.size());  // the channel adds them
  co_await thread.send(channel, bytes - shipped, ticket.value(), boxes);
}

Task<Rpc::Message> Rpc::finish(Thread& thread, Ticket ticket) {
  const ChannelId replies = reply_channel(thread);
  while (find(ticket)->stage != Stage::arrived) {
    const ReceivedMessage received = co_await thread.receive_message(replies);
    co_await take_reply(thread, received);
  }
  Call& call = *find(ticket);
  Message answer = std::move(call.answer);
  call.request = {};
  call.answer = {};
  call.stage = Stage::free;
  ++call.use;
  free_.push_back(static_cast<std::uint32_t>(ticket.value()));
  co_return answer;
}

/// It may be the answer to another call of the thread, one that has come before, or the word that a
/// call has not been answered in time.
Task<> Rpc::take_reply(Thread& thread, const ReceivedMessage& received) {
  const Ticket ticket(received.content & ~kExpired);
  Call* const call = find(ticket);
  if (call == nullptr || call->stage == Stage::arrived) {
    co_return;
  }
  if (received.content >= kExpired) {
    co_await repeat(thread, ticket);
    co_return;
  }
  call->stage = Stage::arrived;
  call->answer.boxes = received.boxes;
  co_await thread.compute(profile_.decode * call->answer.payload);
}

Task<> Rpc::repeat(Thread& thread, Ticket ticket) {
  Call& call = *find(ticket);
  const Service& service = services_[call.endpoint.index()];
  if (call.attempts > profile_.retries) {
    throw Error(ExitCode::deadlock, "at " + to_string(thread.now()) + ": " + service.name +
                                        " on server " + std::to_string(service.server.value()) +
                                        " has not answered within " + to_string(profile_.timeout) +
                                        ", asked " + std::to_string(call.attempts) +
                                        (call.attempts == 1 ? " time" : " times"));
  }
  ++call.attempts;
  ++sent_again_;
  co_await thread.compute(profile_.caller + profile_.encode * call.request.payload);
  co_await request(thread, ticket);
}

// ---- time-outs: one clock for all, as all take as long

void Rpc::expire_later(Ticket ticket) {
  expiries_.push_back({world_.simulation().now() + profile_.timeout, ticket});
  if (!std::exchange(watching_, true)) {
    world_.simulation().spawn(watch());
  }
}

Task<> Rpc::watch() {
  while (!expiries_.empty()) {
    const Expiry next = expiries_.front();
    expiries_.pop_front();
    const Call* call = find(next.ticket);
    if (call == nullptr || call->stage == Stage::arrived) {
      continue;
    }
    co_await world_.simulation().queue().until(next.at);
    call = find(next.ticket);
    if (call != nullptr && call->stage != Stage::arrived) {
      world_.channels().tell(call->reply, next.ticket.value() | kExpired);
    }
  }
  watching_ = false;
}

// ---- who answers

/// As many threads as calls that are coming, or as many as there may be: each request finds one
/// that waits for it, and so its place among those that wait for a core.
void Rpc::staff(Server& server, NodeId node) {
  const bool fixed = profile_.threads > 0;
  while (fixed ? server.threads < profile_.threads : server.idle < server.coming) {
    ++server.threads;
    ++server.idle;
    ++threads_;
    world_.spawn(node, [this, node](Thread& t) { return serve(t, node); });
  }
}

Task<> Rpc::serve(Thread& thread, NodeId node) {
  Server& server = servers_[node.index()];
  for (;;) {
    ReceivedMessage received = co_await thread.receive_message(server.requests);
    if (received.content == kEnd) {
      break;
    }
    --server.idle;
    --server.coming;
    co_await handle(thread, std::move(received));
    ++server.idle;
    co_await thread.yield();
  }
}

Task<> Rpc::handle(Thread& thread, ReceivedMessage received) {
  const Ticket ticket(received.content);
  Call* call = find(ticket);
  if (call == nullptr || call->stage == Stage::begun) {
    co_return;  // sent again, and answered meanwhile or about to be
  }
  if (call->stage != Stage::sent) {
    co_await answer(thread, ticket, {});
    co_return;
  }
  call->stage = Stage::begun;
  const Message request{call->request.payload, call->request.content, std::move(received.boxes)};
  const Service& service = services_[call->endpoint.index()];
  co_await thread.compute(profile_.callee + profile_.decode * request.payload);
  Message answered = co_await service.handler(thread, request);
  co_await thread.fence();
  co_await thread.compute(profile_.encode * answered.payload);
  call = find(ticket);
  const std::vector<ObjectId> boxes = std::move(answered.boxes);
  answered.boxes = {};
  call->answer = std::move(answered);
  call->stage = Stage::answered;
  co_await answer(thread, ticket, boxes);
}

Task<> Rpc::answer(Thread& thread, Ticket ticket, const std::vector<ObjectId>& boxes) {
  const Call& call = *find(ticket);
  const ChannelId reply = call.reply;
  const Bytes bytes = profile_.reply(call.answer.payload);
  co_await send(thread, reply, bytes, ticket, boxes);
}

void Rpc::close() {
  for (const Server& server : servers_) {
    for (std::size_t i = 0; i < server.threads; ++i) {
      world_.channels().tell(server.requests, kEnd);
    }
  }
}

}  // namespace dsmsim::library
