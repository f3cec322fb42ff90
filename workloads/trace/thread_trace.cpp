#include "workloads/trace/thread_trace.hpp"

#include <bit>

namespace dsmsim {

namespace {

std::uint64_t zigzag(std::uint64_t difference) {
  return (difference << 1) ^ (std::uint64_t{0} - (difference >> 63));
}

}  // namespace

std::uint32_t ThreadTrace::length_code(std::uint32_t length) {
  constexpr std::uint32_t highest = 1U << (kOtherLength - 1);
  return std::has_single_bit(length) && length <= highest
             ? static_cast<std::uint32_t>(std::countr_zero(length))
             : kOtherLength;
}

void ThreadTrace::append(const TraceStep& step) {
  const std::uint32_t length = length_code(step.length);
  const std::uint32_t records = step.records < kOtherRecords ? step.records : kOtherRecords;
  data_.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(step.kind) | length << 3 |
                                            records << 6));
  put(step.instructions);
  put(zigzag(step.object - object_));
  put(step.offset);
  if (length == kOtherLength) {
    put(step.length);
  }
  if (records == kOtherRecords) {
    put(step.records);
  }
  object_ = step.object;
}

void ThreadTrace::put(std::uint64_t number) {
  for (; number > 0x7f; number >>= 7) {
    data_.push_back(static_cast<std::uint8_t>(number | 0x80));
  }
  data_.push_back(static_cast<std::uint8_t>(number));
}

}  // namespace dsmsim
