#pragma once
// What one thread of a trace does, packed: about five bytes a record, so that a trace of 50 million
// records takes 250 MB and the threads can be replayed side by side although the file holds them
// one after another.

#include <cstdint>
#include <vector>

namespace dsmsim {

enum class TraceStepKind : unsigned char {
  load,
  store,
  modify,
  start,  ///< start thread `object`
  join,   ///< wait for the end of thread `object`
};

struct TraceStep {
  TraceStepKind kind = TraceStepKind::load;
  std::uint32_t instructions = 0;  ///< executed before it, since the last step
  std::uint64_t object = 0;        ///< number of the block, from 0 in order of first touch
  std::uint32_t offset = 0;        ///< in the block
  std::uint32_t length = 0;
  std::uint32_t records = 0;  ///< of the trace that are complete with this step: 0 for a part of
                              ///< one that spans blocks, more than 1 if several were merged
};

class ThreadTrace {
 public:
  void append(const TraceStep& step);
  std::size_t bytes() const { return data_.size(); }

  /// Reads the steps again. The trace must stay as it is.
  class Cursor {
   public:
    explicit Cursor(const ThreadTrace& trace)
        : position_(trace.data_.data()), end_(position_ + trace.data_.size()) {}
    bool next(TraceStep& step) {
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

   private:
    std::uint64_t number() {
      std::uint64_t value = *position_++;
      if (value < 0x80) {
        return value;
      }
      value &= 0x7f;
      for (int shift = 7;; shift += 7) {
        const std::uint8_t byte = *position_++;
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) {
          return value;
        }
      }
    }
    static std::uint64_t unzigzag(std::uint64_t code) {
      return (code >> 1) ^ (std::uint64_t{0} - (code & 1));
    }
    const std::uint8_t* position_;
    const std::uint8_t* end_;
    std::uint64_t object_ = 0;
  };

 private:
  // A step is a byte of codes, then numbers of seven bits a byte, lowest first:
  //   bits 0-2 kind; 3-5 length = 2^code, 7: a number follows; 6-7 records, 3: a number follows
  //   instructions, difference of the object to the last (zigzag), offset, [length], [records]
  static constexpr std::uint32_t kOtherLength = 7;
  static constexpr std::uint32_t kOtherRecords = 3;
  static std::uint32_t length_code(std::uint32_t length);
  void put(std::uint64_t number);
  std::vector<std::uint8_t> data_;
  std::uint64_t object_ = 0;  // of the last step: differences are stored
};

}  // namespace dsmsim
