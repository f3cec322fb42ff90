#pragma once
// What a trace format gives: the events of a recorded program, one after another, in the order of
// the recording. A new format is another class of this kind.
//
// Threads are numbered from 0 in the order in which they appear; a number is never used again, also
// where the recording tool reuses its own. Thread 0 is there from the beginning and is the first
// thread of the program.

#include <cstdint>
#include <string>
#include <vector>

namespace dsmsim {

enum class TraceEventKind : unsigned char {
  load,
  store,
  modify,  ///< a load and a store of the same bytes by one instruction
  start,   ///< the thread appears; every thread but thread 0 has one, before all else of it
  block,   ///< the thread enters a call in which it may wait for others
  end,     ///< the thread has ended
};

struct TraceEvent {
  TraceEventKind kind = TraceEventKind::load;
  std::uint32_t thread = 0;
  std::uint32_t instructions = 0;  ///< by this thread since its last load, store or modify
  std::uint32_t length = 0;        ///< bytes; of load, store and modify
  std::uint64_t address = 0;       ///< the same
};

class TraceReader {
 public:
  virtual ~TraceReader() = default;
  /// The next event; false at the end. Throws InputErrors on what is not of the format, at the
  /// latest when the end has been reached.
  virtual bool next(TraceEvent& event) = 0;
  // After the end:
  /// Data records that were passed over because they could not be read.
  virtual std::uint64_t malformed() const = 0;
  /// Data records that were passed over because another process than the one that is read made
  /// them.
  virtual std::uint64_t of_other_processes() const { return 0; }
  /// What shows that the recording was cut off; "" if nothing does.
  virtual std::string cut() const { return ""; }
  /// What a user should know of the recording, a line each.
  virtual std::vector<std::string> warnings() const { return {}; }
};

}  // namespace dsmsim
