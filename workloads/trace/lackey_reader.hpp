#pragma once
// Reads what Valgrind's lackey writes with --trace-mem=yes --trace-sched=yes (Valgrind 3.19
// lackey/lk_main.c and coregrind/m_scheduler/scheduler.c), plain or zstd:
//
//   I  0401ab70,3                     an instruction: counted
//    S 1fff000618,8                   store; L load; M modify: address in hex, size in decimal
//   --4392--   SCHED[2]:  acquired lock (...)                 thread 2 runs from here on
//   --4392--   SCHED[1]: releasing lock (...) -> VgTs_WaitSys  thread 1 is in a blocking system
//   call
//   --4392--   SCHED[3]: exiting VG_(scheduler)               thread 3 has ended
//   ==4392== ...                      a message: passed over, like other lines of -- and **
//
// Valgrind runs one thread at a time, so what follows a switch belongs to that thread. Records
// before the first switch are those of the first thread, and so are all records of a trace without
// switches. Valgrind uses the number of a thread that has ended again: that is another thread here.

#include <string>
#include <string_view>
#include <vector>

#include "workloads/trace/line_reader.hpp"
#include "workloads/trace/reader.hpp"

namespace dsmsim {

/// What happens to lines that are not of the format.
enum class Malformed : unsigned char {
  reject,  ///< InputErrors with file:line and what is wrong, for the first ten
  drop,
};

class LackeyReader final : public TraceReader {
 public:
  LackeyReader(std::string path, Malformed malformed);
  bool next(TraceEvent& event) override;
  std::uint64_t malformed() const override { return malformed_records_; }
  /// Valgrind's number of a thread: 1 for the first.
  std::uint32_t valgrind_number(std::uint32_t thread) const { return numbers_[thread]; }

 private:
  static constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);
  bool data_line(std::string_view line, TraceEvent& event);
  bool scheduler_line(std::string_view line, TraceEvent& event);
  bool acquired(std::uint32_t number, TraceEvent& event);
  std::uint32_t live_thread(std::uint32_t number) const;
  void complain(std::string_view line, const std::string& what);
  void finish();

  LineReader lines_;
  Malformed policy_;
  std::vector<std::string> problems_;
  std::uint64_t malformed_records_ = 0;
  bool any_record_ = false;

  std::vector<std::uint32_t> numbers_{1};         // Valgrind's, by thread
  std::vector<std::uint32_t> threads_{kNone, 0};  // by Valgrind's number; kNone: not alive
  std::vector<std::uint32_t> instructions_{0};    // since its last record, by thread
  std::uint32_t current_ = 0;
};

}  // namespace dsmsim
