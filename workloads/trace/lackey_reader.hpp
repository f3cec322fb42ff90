#pragma once
// Reads what Valgrind's lackey writes with --trace-mem=yes --trace-sched=yes (Valgrind 3.19
// lackey/lk_main.c and coregrind/m_scheduler/scheduler.c), plain or compressed:
//
//   I  0401ab70,3                     an instruction: counted
//    S 1fff000618,8                   store; L load; M modify: address in hex, size in decimal
//   SB 00400000                       of --trace-superblocks=yes: passed over
//   --4392--   SCHED[2]:  acquired lock (...)                 thread 2 runs from here on
//   --4392--   SCHED[1]: releasing lock (...) -> VgTs_WaitSys  thread 1 is in a blocking system
//   call
//   --4392--   SCHED[3]: exiting VG_(scheduler)               thread 3 has ended
//   ==4392== ...                      a message: passed over, like other lines of -- and **
//
// Valgrind runs one thread at a time, so what follows a switch belongs to that thread. Records
// before the first switch are those of the first thread, and so are all records of a trace without
// switches. Valgrind uses the number of a thread that has ended again: that is another thread here.
//
// A program that forks has its children in the same log. One process is read, the first or the one
// that is asked for, and the records of the others are counted. As data lines name no process, they
// are taken to be of the one whose thread was the last to acquire its lock.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/config/value.hpp"
#include "workloads/trace/lackey_line.hpp"
#include "workloads/trace/line_reader.hpp"
#include "workloads/trace/reader.hpp"

namespace dsmsim {

/// What happens to lines that are not of the format.
enum class Malformed : unsigned char { reject, drop };
constexpr auto config_values(Malformed) {
  using enum Malformed;
  return std::to_array<config::Value<Malformed>>({
      {reject, "reject", "errors: for the first ten, where and what is wrong"},
      {drop, "drop", "they are left out"},
  });
}

struct LackeyOptions {
  Malformed malformed = Malformed::reject;
  std::optional<std::uint32_t> process = {};  ///< its number in the log; the first when left out
};

class LackeyReader final : public TraceReader {
 public:
  explicit LackeyReader(std::string path, LackeyOptions options = {});
  bool next(TraceEvent& event) override;
  std::uint64_t malformed() const override { return malformed_records_; }
  std::uint64_t of_other_processes() const override;
  std::string cut() const override { return cut_; }
  std::vector<std::string> warnings() const override;
  /// Valgrind's number of a thread: 1 for the first.
  std::uint32_t valgrind_number(std::uint32_t thread) const { return numbers_[thread]; }

 private:
  static constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);
  bool take(std::string_view line, TraceEvent& event);
  bool data_line(std::string_view line, TraceEvent& event);
  bool message(std::string_view line, TraceEvent& event);
  void meet_process(std::uint32_t process);
  bool is_read(std::uint32_t process) const;
  bool scheduler_line(const SchedulerLine& line, TraceEvent& event);
  void begin_child(std::uint32_t number);
  bool acquired(std::uint32_t number, TraceEvent& event);
  std::uint32_t live_thread(std::uint32_t number) const;
  void complain(std::string_view line, const std::string& what);
  void finish();
  std::string nothing_read() const;
  std::string processes() const;

  LineReader lines_;
  LackeyOptions options_;
  std::vector<std::string> problems_;
  std::uint64_t malformed_records_ = 0;
  std::string cut_;
  bool any_record_ = false;
  bool any_switch_ = false;  ///< of any process
  bool begun_ = false;       ///< the process that is read has had one

  std::map<std::uint32_t, std::uint64_t> records_;  // by process that is named, in the whole log
  std::uint32_t process_ = 0;                       // whose lines these are; 0: none was named yet
  std::uint32_t first_ = 0;

  std::vector<std::uint32_t> numbers_{1};         // Valgrind's, by thread
  std::vector<std::uint32_t> threads_{kNone, 0};  // by Valgrind's number; kNone: not alive
  std::vector<std::uint32_t> instructions_{0};    // since its last record, by thread
  std::uint32_t current_ = 0;
};

}  // namespace dsmsim
