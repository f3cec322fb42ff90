#include "workloads/trace/thread_trace.hpp"

#include <bit>

namespace dsmsim {

// A step is a byte of codes, then numbers of seven bits a byte, lowest first:
//   bits 0-2 kind; 3-5 length = 2^code, 7: a number follows; 6-7 records, 3: a number follows
//   instructions, difference of the object to the last (zigzag), offset, [length], [records]
namespace {

constexpr std::uint32_t kOtherLength = 7;
constexpr std::uint32_t kOtherRecords = 3;

std::uint32_t length_code(std::uint32_t length) {
  constexpr std::uint32_t highest = 1U << (kOtherLength - 1);
  return std::has_single_bit(length) && length <= highest
             ? static_cast<std::uint32_t>(std::countr_zero(length))
             : kOtherLength;
}

std::uint64_t zigzag(std::uint64_t difference) {
  return (difference << 1) ^ (std::uint64_t{0} - (difference >> 63));
}
std::uint64_t unzigzag(std::uint64_t code) { return (code >> 1) ^ (std::uint64_t{0} - (code & 1)); }

}  // namespace

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

bool ThreadTrace::Cursor::next(TraceStep& step) {
  if (position_ == end_) {
    return false;
  }
  const std::uint32_t codes = *position_++;
  step.kind = static_cast<TraceStepKind>(codes & 7);
  step.instructions = static_cast<std::uint32_t>(number());
  object_ += unzigzag(number());
  step.object = object_;
  step.offset = static_cast<std::uint32_t>(number());
  const std::uint32_t length = codes >> 3 & 7;
  step.length = length == kOtherLength ? static_cast<std::uint32_t>(number()) : 1U << length;
  const std::uint32_t records = codes >> 6;
  step.records = records == kOtherRecords ? static_cast<std::uint32_t>(number()) : records;
  return true;
}

std::uint64_t ThreadTrace::Cursor::number() {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const std::uint8_t byte = *position_++;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
}

}  // namespace dsmsim
