#pragma once
// What an engine hands to the fabric (Post) and what the fabric hands to a server (Delivery).
//
// There are no real bytes in a simulation: a Body is the protocol's own small struct (addresses,
// identifiers, flags), while `payload` says how many bytes the real message has. An Effect is what
// a one-sided verb does to the target's memory; it runs at the moment at which the target's NIC
// touches that memory, so what a READ fetches or a compare-and-swap finds is exactly what is there
// then.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

#include "sim/base/ids.hpp"
#include "sim/fabric/ledger.hpp"
#include "sim/fabric/tally.hpp"

namespace dsmsim {

/// Up to 64 bytes of any trivially copyable struct, compared and hashed as bytes.
class Body {
 public:
  static constexpr std::size_t kCapacity = 64;
  Body() = default;
  template <class T>
  requires(std::is_trivially_copyable_v<T> && !std::same_as<T, Body> && sizeof(T) <= kCapacity)
      Body(const T& value) {  // NOLINT(google-explicit-constructor): a struct is a body
    std::memcpy(bytes_.data(), &value, sizeof(T));
  }
  template <class T>
  requires(std::is_trivially_copyable_v<T> && sizeof(T) <= kCapacity) T as()
  const {
    T value;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    return value;
  }
  const std::array<std::byte, kCapacity>& bytes() const { return bytes_; }

 private:
  std::array<std::byte, kCapacity> bytes_{};
};

/// A trivially copyable function object of at most 40 bytes, kept in place. Calling it returns a
/// 64-bit result (the old value, for atomics; functions that return nothing give 0). An empty
/// Effect does nothing.
class Effect {
 public:
  static constexpr std::size_t kCapacity = 40;
  Effect() = default;
  template <class F>
  requires(std::is_trivially_copyable_v<F>&& std::invocable<F&> && sizeof(F) <= kCapacity)
      Effect(F function)  // NOLINT(google-explicit-constructor): a lambda is an effect
      : call_([](void* p) -> std::uint64_t {
          if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
            (*static_cast<F*>(p))();
            return 0;
          } else {
            return static_cast<std::uint64_t>((*static_cast<F*>(p))());
          }
        }) {
    ::new (static_cast<void*>(storage_.data())) F(function);
  }
  std::uint64_t operator()() { return call_ == nullptr ? 0 : call_(storage_.data()); }
  explicit operator bool() const { return call_ != nullptr; }

 private:
  std::uint64_t (*call_)(void*) = nullptr;
  alignas(8) std::array<std::byte, kCapacity> storage_{};
};

/// A work request. `from` and `to` must differ: what is local is the engine's own business.
struct Post {
  NodeId from;
  NodeId to;
  Verb verb = Verb::send;
  MessageTypeId type = {};
  Bytes payload = {};
  DataBytes data = {};     ///< in the payload, or fetched by an atomic
  std::uint32_t lane = 0;  ///< which of the queue pairs between the two servers
  Duration after = {};     ///< CPU time until the NIC sees the request; charged as cpu
  Tally* tally =
      nullptr;         ///< charged along the way if this message is on an operation's critical path
  Effect effect = {};  ///< at the target's memory: READ, WRITE (with or without immediate), atomics
  Body body = {};      ///< delivered by SEND and WRITE_WITH_IMM
  std::uint64_t content = 0;  ///< what the effect stores, if that is not known from whose operation
                              ///< it is: for fingerprints of what is under way
};

/// A two-sided message at the moment at which its completion is polled.
struct Delivery {
  NodeId from;
  NodeId to;
  Verb verb;
  MessageTypeId type;
  Bytes payload;
  Tally* tally;
  Body body;
};

/// A server's software, as the NIC sees it. Called at the top of an event.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// The receive that the message consumed stays consumed until Fabric::repost_receive().
  virtual void deliver(const Delivery& delivery) = 0;
};

}  // namespace dsmsim
