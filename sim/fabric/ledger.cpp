#include "sim/fabric/ledger.hpp"

#include <algorithm>

namespace dsmsim {

MessageTypeId Ledger::declare(std::string name, Verb verb, Purpose purpose) {
  types_.push_back({std::move(name), verb, purpose});
  totals_.emplace_back();
  sent_.resize(types_.size() * servers_);
  received_.resize(types_.size() * servers_);
  return MessageTypeId(static_cast<std::uint16_t>(types_.size() - 1));
}

void Ledger::reset() {
  std::fill(totals_.begin(), totals_.end(), MessageCount{});
  std::fill(sent_.begin(), sent_.end(), MessageCount{});
  std::fill(received_.begin(), received_.end(), MessageCount{});
}

Bytes Ledger::payload(Purpose purpose) const {
  Bytes sum;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types_[i].purpose == purpose) {
      sum += totals_[i].payload;
    }
  }
  return sum;
}

}  // namespace dsmsim
