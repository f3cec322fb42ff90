#include "sim/dsm/boundary/meter.hpp"

#include "sim/base/expects.hpp"

namespace dsmsim {

Meter::Meter() {
  kinds_.reserve(kOpKinds);
  for (std::size_t kind = 0; kind < kOpKinds; ++kind) {
    kinds_.push_back({std::string(to_string(static_cast<OpKind>(kind))), {}, {}});
  }
}

KindId Meter::define(std::string name) {
  kinds_.push_back({std::move(name), {}, {}});
  return KindId(static_cast<std::uint16_t>(kinds_.size() - 1));
}

void Meter::record(KindId kind, Duration latency, const Tally& tally) {
  if constexpr (kContracts) {
    Duration covered;
    for (std::size_t i = 0; i < kCategories; ++i) {
      covered += tally.spent(static_cast<Category>(i));
    }
    expects(covered == latency, "a tally covers the latency of its operation exactly");
  }
  KindMeter& meter = kinds_[kind.index()];
  meter.latency.record(latency.ps());
  for (std::size_t i = 0; i < kCategories; ++i) {
    meter.spent[i] += tally.spent(static_cast<Category>(i));
  }
}

void Meter::record_operation(KindId kind, Duration latency) {
  kinds_[kind.index()].latency.record(latency.ps());
  ++operations_;
}

std::uint64_t Meter::progress() const {
  std::uint64_t ended = 0;
  for (const KindMeter& kind : kinds_) {
    ended += kind.latency.count();
  }
  return ended;
}

void Meter::reset() {
  for (KindMeter& kind : kinds_) {
    kind.latency.clear();
    kind.spent.fill(Duration{});
  }
  operations_ = local_ = 0;
  longest_ = {};
}

}  // namespace dsmsim
