#pragma once
// Every message that an engine can send is declared here before the run, and every message sent is
// counted.
//
// Counted at the moment of posting, per type: number, payload bytes, the bytes of data in them,
// wire bytes (request, response and, for a signalled write or send, the acknowledgement); and the
// same per type and source server, and per type and destination server. Traffic has the data by
// cause.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/base/expects.hpp"
#include "sim/base/ids.hpp"
#include "sim/fabric/traffic.hpp"
#include "sim/fabric/verbs.hpp"

namespace dsmsim {

using MessageTypeId = Id<struct MessageTypeTag, std::uint16_t>;

/// What the payload of a message is for. Data in it are counted message by message (Post::data).
enum class Purpose : unsigned char {
  control,     ///< protocol text: requests, acknowledgements, locks; no data
  fetch,       ///< data on its way to who asked to use it
  write_back,  ///< data that was written, on its way home or elsewhere
  program,     ///< the program's own: messages of channels, closures of threads; not the DSM's
};

struct MessageType {
  std::string name;
  Verb verb;
  Purpose purpose;
};

struct MessageCount {
  std::uint64_t count = 0;
  Bytes payload;
  Bytes data;  ///< of the payload
  Bytes wire;
  void add(Bytes payload_bytes, Bytes data_bytes, Bytes wire_bytes) {
    ++count;
    payload += payload_bytes;
    data += data_bytes;
    wire += wire_bytes;
  }
};

/// Is told of every message at the moment at which it is counted. For tests and traces.
class MessageObserver {
 public:
  virtual ~MessageObserver() = default;
  virtual void posted(MessageTypeId type, NodeId from, NodeId to, Bytes payload) = 0;
};

class Ledger {
 public:
  explicit Ledger(std::size_t servers) : servers_(servers) {}

  MessageTypeId declare(std::string name, Verb verb, Purpose purpose);
  bool declares(MessageTypeId type, Verb verb) const {
    return type.index() < types_.size() && types_[type.index()].verb == verb;
  }
  /// Throws std::logic_error if there are more data than payload, or data in a message that is not
  /// for any.
  void record(MessageTypeId type, NodeId from, NodeId to, Bytes payload, Bytes wire,
              const DataBytes& data = {}) {
    const Bytes bytes = data.total();
    if (bytes > Bytes(0)) {
      check_data(types_[type.index()], payload, bytes);
      traffic_.moved(data);
    }
    totals_[type.index()].add(payload, bytes, wire);
    sent_[type.index() * servers_ + from.index()].add(payload, bytes, wire);
    received_[type.index() * servers_ + to.index()].add(payload, bytes, wire);
    if (observer_ != nullptr) {
      observer_->posted(type, from, to, payload);
    }
  }
  /// At most one; null: nobody listens. It must outlive the last record().
  void observe(MessageObserver* observer) {
    expects(observer == nullptr || observer_ == nullptr, "a ledger has one observer");
    observer_ = observer;
  }
  /// Forgets all counts (the measured part of a run begins), not the types.
  void reset();

  std::span<const MessageType> types() const { return types_; }
  const MessageCount& total(MessageTypeId type) const { return totals_[type.index()]; }
  const MessageCount& sent_by(MessageTypeId type, NodeId from) const {
    return sent_[type.index() * servers_ + from.index()];
  }
  const MessageCount& received_by(MessageTypeId type, NodeId to) const {
    return received_[type.index() * servers_ + to.index()];
  }
  Traffic& traffic() { return traffic_; }
  const Traffic& traffic() const { return traffic_; }
  /// Wire bytes of all messages but the program's own.
  Bytes dsm_wire() const;

 private:
  static void check_data(const MessageType& type, Bytes payload, Bytes data);

  std::size_t servers_;
  std::vector<MessageType> types_;
  std::vector<MessageCount> totals_;
  std::vector<MessageCount> sent_;
  std::vector<MessageCount> received_;
  Traffic traffic_;
  MessageObserver* observer_ = nullptr;
};

}  // namespace dsmsim
