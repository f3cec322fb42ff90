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
    bool next(TraceStep& step);

   private:
    std::uint64_t number();
    const std::uint8_t* position_;
    const std::uint8_t* end_;
    std::uint64_t object_ = 0;
  };

 private:
  void put(std::uint64_t number);
  std::vector<std::uint8_t> data_;
  std::uint64_t object_ = 0;  // of the last step: differences are stored
};

}  // namespace dsmsim
