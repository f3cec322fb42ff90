#include "sim/base/config/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace dsmsim::config {

Limit detail::limit(double value) { return {value, fmt::format("{}", value)}; }

namespace {

template <class Quantity>
Limits bounded(Limits limits, std::optional<Quantity> low, Quantity high) {
  if (low && !limits.at_least) {
    limits.at_least = detail::limit(*low);
  }
  if (!limits.at_most) {
    limits.at_most = detail::limit(high);
  }
  return limits;
}

}  // namespace

Limits sane(Limits limits, Duration) {
  return bounded<Duration>(std::move(limits), std::nullopt,
                           Duration::picoseconds(3'600'000'000'000'000));
}
Limits sane(Limits limits, Bytes) {
  return bounded<Bytes>(std::move(limits), std::nullopt, Bytes(std::uint64_t{1} << 50));
}
Limits sane(Limits limits, Rate) {
  return bounded<Rate>(std::move(limits), Rate::bits_per_second(8e3), Rate::bits_per_second(1e15));
}
Limits sane(Limits limits, PerByte) {
  return bounded<PerByte>(std::move(limits), std::nullopt, PerByte::ns_per_byte(1e3));
}

std::string Limits::complaint(long double size, const std::string& printed) const {
  if (positive && size <= 0) {
    return fmt::format("must be greater than zero, is {}", printed);
  }
  const bool low = at_least && size < at_least->size;
  const bool high = at_most && size > at_most->size;
  if ((low || high) && at_least && at_most) {
    return fmt::format("must be between {} and {}, is {}", at_least->text, at_most->text, printed);
  }
  if (low) {
    return fmt::format("must be at least {}, is {}", at_least->text, printed);
  }
  if (high) {
    return fmt::format("must be at most {}, is {}", at_most->text, printed);
  }
  if (!sizes.empty() && std::none_of(sizes.begin(), sizes.end(),
                                     [&](const Limit& limit) { return limit.size == size; })) {
    std::string known;
    for (const Limit& limit : sizes) {
      known += (known.empty() ? "" : ", ") + limit.text;
    }
    return fmt::format("must be one of {}, is {}", known, printed);
  }
  return "";
}

std::vector<std::string> Choice::texts() const {
  std::vector<std::string> texts;
  for (const Row& row : rows) {
    texts.emplace_back(row.text);
  }
  return texts;
}

void visit_any(Visitor& visitor, nlohmann::ordered_json& value) { visitor.any(value); }

void visit_any(Visitor& visitor, nlohmann::json& value) {
  nlohmann::ordered_json ordered = value;
  visitor.any(ordered);
  value = ordered;
}

}  // namespace dsmsim::config
