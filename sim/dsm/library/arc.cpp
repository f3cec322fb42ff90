#include "sim/dsm/library/arc.hpp"

namespace dsmsim::library {

Task<Arc> Arc::make(Thread& thread, Bytes size, ArcCount count, NodeId node) {
  if (count == ArcCount::inside) {
    const ObjectId object = co_await thread.allocate(Bytes(8) + size, node);
    co_return Arc(object, object);
  }
  const ObjectId object = co_await thread.allocate(size, node);
  const ObjectId counter = co_await thread.allocate(Bytes(8), thread.node());
  co_return Arc(object, counter);
}

Task<> Arc::write(Thread& thread, Bytes offset, Bytes length) {
  co_await thread.write(object_, data() + offset, length);
}

Task<std::uint64_t> Arc::read(Thread& thread, Bytes offset, Bytes length) {
  if (!refers_) {
    reference_ = co_await thread.borrow(object_);
    refers_ = true;
  }
  const std::uint64_t seen = co_await thread.read(reference_, data() + offset, length);
  co_return seen;
}

Task<Arc> Arc::clone(Thread& thread) const {
  co_await thread.atomic_add(counter_, Bytes(0), 1);
  co_return Arc(object_, counter_);
}

Task<bool> Arc::drop(Thread& thread) {
  if (refers_) {
    co_await thread.give_back(reference_);
    refers_ = false;
  }
  const std::uint64_t others = co_await thread.atomic_add(counter_, Bytes(0), ~std::uint64_t{0});
  if (others > 0) {
    co_return false;
  }
  co_await thread.release(object_);
  if (counter_ != object_) {
    co_await thread.release(counter_);
  }
  co_return true;
}

}  // namespace dsmsim::library
