#include "sim/fabric/ledger.hpp"

#include <algorithm>
#include <stdexcept>

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
  traffic_.reset();
}

Bytes Ledger::dsm_wire() const {
  Bytes sum;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types_[i].purpose != Purpose::program) {
      sum += totals_[i].wire;
    }
  }
  return sum;
}

void Ledger::check_data(const MessageType& type, Bytes payload, Bytes data) {
  const bool carries = type.purpose == Purpose::fetch || type.purpose == Purpose::write_back;
  if (!carries || data > payload) {
    throw std::logic_error("a " + type.name + " of " + to_string(payload) + " is to carry " +
                           to_string(data) + " of data");
  }
}

}  // namespace dsmsim
