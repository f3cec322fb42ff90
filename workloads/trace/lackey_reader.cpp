#include "workloads/trace/lackey_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/base/config/text.hpp"
#include "sim/base/config/tree.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

namespace {

constexpr std::size_t kMostProblems = 10;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // some editors begin UTF-8 with it

bool is_text(std::string_view line) {
  return config::is_utf8(line) && std::none_of(line.begin(), line.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 && byte != '\t' && byte != '\r';
         });
}

std::string records_text(std::uint64_t count) {
  return fmt::format("{} record{}", count, count == 1 ? "" : "s");
}

}  // namespace

LackeyReader::LackeyReader(std::string path, LackeyOptions options)
    : lines_(std::move(path)), options_(options) {}

bool LackeyReader::next(TraceEvent& event) {
  std::string_view line;
  while (lines_.next(line)) {
    if (lines_.number() == 1 && line.starts_with(kByteOrderMark)) {
      line.remove_prefix(kByteOrderMark.size());
    }
    if (take(line, event)) {
      return true;
    }
  }
  finish();
  return false;
}

/// Whether the line is an event.
bool LackeyReader::take(std::string_view line, TraceEvent& event) {
  switch (kind_of(line)) {
    case LackeyLine::instruction:
      instructions_[current_] += is_read(process_) ? 1 : 0;
      return false;
    case LackeyLine::data:
      return data_line(line, event);
    case LackeyLine::message:
      return message(line, event);
    case LackeyLine::superblock:
      return false;
    case LackeyLine::other:
      complain(line, "is no line of a lackey trace");
      return false;
  }
  return false;
}

bool LackeyReader::data_line(std::string_view line, TraceEvent& event) {
  if (!parse_data(line, event) || (lines_.unfinished() && !lines_.cut().empty())) {
    ++malformed_records_;
    complain(line, "is no data record: expected \" L 1fff000618,8\", also S or M");
    return false;
  }
  ++records_[process_];
  if (!is_read(process_)) {
    return false;
  }
  event.thread = current_;
  event.instructions = std::exchange(instructions_[current_], 0);
  any_record_ = true;
  return true;
}

/// Messages that are no news of the scheduler's are passed over.
bool LackeyReader::message(std::string_view line, TraceEvent& event) {
  const std::uint32_t named = process_of(line);
  meet_process(named);
  const std::uint32_t process = named == 0 ? process_ : named;
  const SchedulerLine told = line.starts_with("--") ? parse_scheduler(line) : SchedulerLine();
  if (told.kind == SchedulerLine::Kind::malformed) {
    complain(line, "names no thread: expected \"SCHED[2]: ...\"");
    return false;
  }
  if (told.kind == SchedulerLine::Kind::acquired) {
    any_switch_ = true;
    process_ = process;
  }
  return told.kind != SchedulerLine::Kind::none && is_read(process) && scheduler_line(told, event);
}

/// What stands before the first message is of the process that this names.
void LackeyReader::meet_process(std::uint32_t process) {
  if (process == 0) {
    return;
  }
  const bool is_new = records_.try_emplace(process, 0).second;
  if (is_new && first_ == 0) {
    first_ = process_ = process;
    if (!options_.process) {
      records_[process] = std::exchange(records_[0], 0);
    }
  }
}

bool LackeyReader::is_read(std::uint32_t process) const {
  return process == options_.process.value_or(first_);
}

bool LackeyReader::scheduler_line(const SchedulerLine& line, TraceEvent& event) {
  if (line.kind == SchedulerLine::Kind::acquired) {
    return acquired(line.thread, event);
  }
  const std::uint32_t thread = live_thread(line.thread);
  if (thread == kNone) {
    return false;
  }
  if (line.kind == SchedulerLine::Kind::exits) {
    threads_[line.thread] = kNone;
  }
  event = {
      .kind = line.kind == SchedulerLine::Kind::exits ? TraceEventKind::end : TraceEventKind::block,
      .thread = thread};
  return true;
}

/// A child process begins with the thread that has forked it, whatever its number.
void LackeyReader::begin_child(std::uint32_t number) {
  numbers_[0] = number;
  threads_.assign(number + 1, kNone);
  threads_[number] = 0;
}

bool LackeyReader::acquired(std::uint32_t number, TraceEvent& event) {
  if (!std::exchange(begun_, true) && !is_read(first_)) {
    begin_child(number);
  }
  current_ = live_thread(number);
  if (current_ != kNone) {
    return false;
  }
  current_ = static_cast<std::uint32_t>(numbers_.size());
  numbers_.push_back(number);
  instructions_.push_back(0);
  if (number >= threads_.size()) {
    threads_.resize(number + 1, kNone);
  }
  threads_[number] = current_;
  event = {.kind = TraceEventKind::start, .thread = current_};
  return true;
}

std::uint32_t LackeyReader::live_thread(std::uint32_t number) const {
  return number < threads_.size() ? threads_[number] : kNone;
}

void LackeyReader::complain(std::string_view line, const std::string& what) {
  if (lines_.unfinished()) {
    cut_ = "the last line is cut off";  // whoever reads on may do without
    return;
  }
  if (options_.malformed == Malformed::drop) {
    return;
  }
  const std::string where = lines_.path() + ":" + std::to_string(lines_.number());
  if (lines_.too_long() || !is_text(line)) {
    problems_.push_back(where + (lines_.too_long() ? "  the line is longer than 1 MiB"
                                                   : "  holds bytes that are no text"));
    throw InputErrors(std::move(problems_));
  }
  constexpr std::size_t shown = 60;
  problems_.push_back(where + "  \"" + config::beginning(std::string(line), shown) + "\" " + what);
  if (problems_.size() == kMostProblems) {
    problems_.push_back(lines_.path() +
                        ": and perhaps more; \"malformed\": \"drop\" passes over them");
    throw InputErrors(std::move(problems_));
  }
}

void LackeyReader::finish() {
  cut_ = lines_.cut().empty() ? cut_ : lines_.cut();
  if (!any_record_ && problems_.empty()) {
    problems_.push_back(lines_.path() + ": " + nothing_read());
  }
  if (!problems_.empty()) {
    throw InputErrors(std::move(problems_));
  }
}

std::string LackeyReader::nothing_read() const {
  if (of_other_processes() == 0) {
    return "holds no data record of a lackey trace" + (cut_.empty() ? "" : "; " + cut_);
  }
  const std::string held = processes();
  return fmt::format("holds no data record of process {}; {}", options_.process.value_or(first_),
                     held.empty() ? "its records name no process" : "it holds " + held);
}

/// "2 records of process 100, 1 record of process 101"
std::string LackeyReader::processes() const {
  std::string text;
  for (const auto& [process, count] : records_) {
    if (process != 0) {
      text +=
          fmt::format("{}{} of process {}", text.empty() ? "" : ", ", records_text(count), process);
    }
  }
  return text;
}

std::uint64_t LackeyReader::of_other_processes() const {
  std::uint64_t others = 0;
  for (const auto& [process, count] : records_) {
    others += process == options_.process.value_or(first_) ? 0 : count;
  }
  return others;
}

std::vector<std::string> LackeyReader::warnings() const {
  std::vector<std::string> lines;
  const bool several = records_.size() - records_.count(0) > 1;
  if (!any_switch_) {
    lines.push_back(
        fmt::format("no SCHED lines, so all records are one thread's{}; if the program has several "
                    "threads, record it "
                    "with --trace-sched=yes",
                    several ? ", though there are several processes" : ""));
  } else if (several) {
    lines.push_back(
        fmt::format("several processes, of which {} is replayed (\"process\" chooses): {}",
                    options_.process.value_or(first_), processes()));
  }
  if (!cut_.empty()) {
    lines.push_back(cut_ + "; what is there is replayed");
  }
  return lines;
}

}  // namespace dsmsim
