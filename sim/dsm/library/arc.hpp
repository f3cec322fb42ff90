#pragma once
// Arc<T>: an object that several threads read and that goes when the last of its handles does.
//
// Built on the contract's operations, so it is the same under every engine. Under DRust reading is
// as through an immutable reference: the handle keeps a Ref, made at its first read, and so the
// server's copy (Ma et al., OSDI'24, section 4.1.2: "treated like immutable references, with
// on-demand local caching and lazy eviction"). Where the count is and how it is reached the paper
// does not say: here it is one word, either in the object, in front of its data (as Rust's ArcInner
// has it), or apart, on the server of who made it; and it is reached by atomics, so under DRust's
// `atomics: verb` a clone or a drop is one FETCH_AND_ADD, under `message` a request and a reply,
// and nothing on the server that hosts it.
//
//   make     allocates; no message if it is here (the word starts at 0: it counts the others)
//   clone    one atomic
//   read     as a read through a Ref; the first of a handle is not behind the first of its server
//   drop     one atomic, after the Ref; the last one releases the object too
//
// A handle is a value of one thread. What another thread is handed, in a closure (8 bytes), is a
// clone that has not been read through. There are no weak handles.

#include "sim/base/config/value.hpp"
#include "sim/dsm/boundary/thread.hpp"

namespace dsmsim::library {

/// Where the count is.
enum class ArcCount : unsigned char { inside, apart };
constexpr auto config_values(ArcCount) {
  using enum ArcCount;
  return std::to_array<config::Value<ArcCount>>({
      {inside, "inside", "in the first 8 bytes of the object"},
      {apart, "apart", "in an object of its own, on the server of who makes the first handle"},
  });
}

class Arc {
 public:
  /// The first handle of an object of `size` bytes on `node`; invalid: where allocate puts it.
  static Task<Arc> make(Thread& thread, Bytes size, ArcCount count = ArcCount::inside,
                        NodeId node = NodeId());

  /// Writes the data. For the only handle (Rust's Arc::get_mut): before the first clone.
  Task<> write(Thread& thread, Bytes offset, Bytes length);
  /// What Thread::read gives.
  Task<std::uint64_t> read(Thread& thread, Bytes offset, Bytes length);
  Task<Arc> clone(Thread& thread) const;
  /// The end of the handle. True if it was the last one.
  Task<bool> drop(Thread& thread);

  ObjectId object() const { return object_; }
  /// The object whose first word is the count.
  ObjectId counter() const { return counter_; }

 private:
  Arc(ObjectId object, ObjectId counter) : object_(object), counter_(counter) {}
  Bytes data() const { return object_ == counter_ ? Bytes(8) : Bytes(0); }

  ObjectId object_;
  ObjectId counter_;
  Borrow reference_ = {};
  bool refers_ = false;
};

}  // namespace dsmsim::library
