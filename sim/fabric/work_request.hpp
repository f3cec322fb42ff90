#pragma once
// The state of messages under way; internal to the fabric.

#include <boost/container/small_vector.hpp>

#include "sim/fabric/fabric.hpp"

namespace dsmsim {

/// What an atomic fetches.
inline constexpr Bytes kAtomicBytes = Bytes(8);

/// Kept in place for the usual few hops.
class Fabric::Path : public boost::container::small_vector<LinkId, 6> {
 public:
  using small_vector::small_vector;
};

/// At most one MTU of a message, on its way from port to port.
struct Fabric::Slice {
  WorkRequest* request = nullptr;
  Slice* next = nullptr;
  Bytes bytes;
  Time tail;  ///< when the last byte has left the port before this one and crossed the cable
  std::uint32_t position = 0;
  bool last = false;
};

/// One message, from its post to its completion. Recycled; never freed before the fabric. What
/// every stage touches comes first, what only the ends touch (effect, body) last.
struct alignas(64) Fabric::WorkRequest {
  Fabric* fabric = nullptr;
  QueuePair* pair = nullptr;
  Operation* waiter = nullptr;  ///< null: unsignalled
  WorkRequest* next = nullptr;  ///< in the one queue that it waits in
  WorkRequest* later = nullptr;
  Bytes data;  ///< payload bytes that move in the present direction
  Bytes wire;  ///< with headers
  Bytes sent;  ///< of `data`, given to the first port so far
  std::uint64_t result = 0;
  Slice only;               ///< the slice of a message that has just one
  Time acknowledged_at;     ///< the last packet of the request had come
  Time unhindered_until;    ///< when its flow would have ended with the network to itself
  bool responding = false;  ///< the data (or the atomic's answer) is on its way back
  bool inlined = false;
  bool completed = false;
  bool delayed = false;  ///< a fault has had its chance; false again when the message has left
  std::uint32_t sent_again = 0;
  Post post;

  Stream& stream() const;
  const Path& path() const;

  template <WorkRequest* WorkRequest::*Hook>
  class List {
   public:
    bool empty() const { return head_ == nullptr; }
    WorkRequest& front() const { return *head_; }
    void push(WorkRequest& request) {
      request.*Hook = nullptr;
      (head_ == nullptr ? head_ : tail_->*Hook) = &request;
      tail_ = &request;
    }
    WorkRequest& pop() {
      WorkRequest& request = *head_;
      head_ = request.*Hook;
      return request;
    }
    template <class Visit>
    void for_each(Visit visit) const {
      for (const WorkRequest* request = head_; request != nullptr; request = request->*Hook) {
        visit(*request);
      }
    }

   private:
    WorkRequest* head_ = nullptr;
    WorkRequest* tail_ = nullptr;
  };
  using Queue = List<&WorkRequest::next>;
};

/// One direction of a queue pair: messages leave in order, one at a time.
struct Fabric::Stream {
  Time ready;
  bool busy = false;
  bool unshared_links = false;
  WorkRequest::Queue waiting;
  // If there are links on its way that are not shared:
  std::vector<Time> own_ports;       ///< by position in the path: Port::free_at of those links
  std::uint32_t crossing = 0;        ///< messages whose last slice is under way
  WorkRequest* next_flow = nullptr;  ///< waits for them
};

/// The requester's side of a reliable connection: requests go forward, responses come backward.
struct Fabric::QueuePair {
  QueuePair(const Route& there, const Route& back)
      : forward(there.begin(), there.end()), backward(back.begin(), back.end()) {}
  Path forward;
  Path backward;
  FifoServer engine;
  Time issued;                ///< start of the engine's latest service
  FifoServer responder;       ///< answers READs, at the other end
  std::uint32_t reading = 0;  ///< READs and atomics in flight
  WorkRequest::Queue held;    ///< behind a READ that waits for the window
  Stream requests;
  Stream responses;
  Time executed;                                      ///< the responder executes in order
  WorkRequest::Queue unserved;                        ///< behind a message that found no receive
  WorkRequest::List<&WorkRequest::later> incomplete;  ///< will be polled, in order of posting
  // While messages are held (Fabric::hold_messages):
  WorkRequest::Queue arriving;    ///< not yet carried out
  WorkRequest::Queue completing;  ///< carried out, and somebody waits for the completion
};

/// A step of a request, as an event.
template <void (Fabric::*Next)(Fabric::WorkRequest&)>
void Fabric::run_step(void* request) {
  auto& r = *static_cast<WorkRequest*>(request);
  (r.fabric->*Next)(r);
}

inline void Fabric::give_back(WorkRequest& request) { requests_.give_back(request); }
inline Fabric::Stream& Fabric::WorkRequest::stream() const {
  return responding ? pair->responses : pair->requests;
}
inline const Fabric::DataPath& Fabric::data_path(const WorkRequest& request) const {
  return request.responding ? read_data_ : data_;
}
inline const Fabric::Path& Fabric::WorkRequest::path() const {
  return responding ? pair->backward : pair->forward;
}

}  // namespace dsmsim
