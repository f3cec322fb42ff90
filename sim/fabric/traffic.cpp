#include "sim/fabric/traffic.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace dsmsim {

void Traffic::moved(const DataBytes& data) {
  for (std::size_t i = 0; i < kCauses; ++i) {
    all_.data[i] += data.of(static_cast<Cause>(i)).count();
  }
}

void Traffic::missed(Cause cause, Bytes bytes) {
  all_.missing[static_cast<std::size_t>(cause)] += bytes.count();
}

void Traffic::reset() {
  before_ = all_;
  ++window_;
}

void Traffic::attribute(Cause from, Cause to, std::uint64_t data) {
  all_.data[static_cast<std::size_t>(from)] -= data;
  all_.data[static_cast<std::size_t>(to)] += data;
}

void Traffic::check() const {
  for (const Cause cause : {Cause::read, Cause::write}) {
    const std::uint64_t data = all_.data[static_cast<std::size_t>(cause)];
    const std::uint64_t missing = all_.missing[static_cast<std::size_t>(cause)];
    if (data < missing || (data > 0 && missing == 0)) {
      throw std::logic_error(std::to_string(data) + " bytes of data have moved for " +
                             (cause == Cause::read ? "reads" : "writes") + " that missed " +
                             std::to_string(missing));
    }
  }
}

void CachedData::came(const Traffic& traffic, Cause cause, Bytes data) {
  *this = {};
  unused_ = data.count();
  window_ = traffic.window_;
  cause_ = cause;
}

/// Bytes that came before the window are in no sum of it, so neither is the access that missed
/// them. An access to no bytes is neither a read nor a write.
void CachedData::use(Traffic& traffic, Cause by, Bytes length) {
  if (length.count() > unused_) {
    throw std::logic_error("an access misses " + to_string(length) + ", for which " +
                           std::to_string(unused_) + " bytes came");
  }
  by = length == Bytes(0) ? Cause::none : by;
  if (window_ == traffic.window_) {
    traffic.attribute(cause_, by, unused_);
    traffic.missed(by, length);
  }
  if (by == Cause::write) {
    stored_ = length.count();
    open_ = unused_ - stored_;
  }
  unused_ = 0;
}

/// A write has found what another one has fetched.
void CachedData::settle(Traffic& traffic) {
  if (window_ != traffic.window_) {
    open_ = 0;
    return;
  }
  const std::uint64_t now = std::min(written_, open_);
  traffic.missed(Cause::write, Bytes(now));
  written_ -= now;
  stored_ += now;
  open_ -= now;
}

/// What has been counted against data that came counts once in a window: there, or here.
Cause CachedData::leave(Traffic& traffic, Bytes data) {
  const Cause cause = stored_ > 0 || written_ > 0 ? Cause::write : Cause::none;
  const std::uint64_t new_ones = written_ + (window_ == traffic.window_ ? 0 : stored_);
  traffic.missed(cause, std::min(Bytes(new_ones), data));
  clean();
  return cause;
}

}  // namespace dsmsim
