#include "workloads/trace/lackey_reader.hpp"

#include <charconv>
#include <utility>

#include "sim/base/error.hpp"

namespace dsmsim {

namespace {

constexpr std::size_t kMostProblems = 10;
constexpr std::uint32_t kMostThreads = 1 << 16;  // Valgrind's own is --max-threads, usually 500
constexpr std::uint32_t kLongestAccess = 4096;   // lackey's own limit is MAX_DSIZE, 512

TraceEventKind kind_of(char letter) {
  return letter == 'L' ? TraceEventKind::load
                       : (letter == 'S' ? TraceEventKind::store : TraceEventKind::modify);
}

bool is_data_line(std::string_view line) {
  return line.size() > 1 && line[0] == ' ' && (line[1] == 'L' || line[1] == 'S' || line[1] == 'M');
}

bool is_message(std::string_view line) {
  return line.empty() || line.starts_with("==") || line.starts_with("--") || line.starts_with("**");
}

/// "1fff000618,8" as a whole.
bool parse_access(std::string_view text, std::uint64_t& address, std::uint32_t& length) {
  const char* const end = text.data() + text.size();
  const auto [comma, bad_address] = std::from_chars(text.data(), end, address, 16);
  if (bad_address != std::errc() || comma == end || *comma != ',') {
    return false;
  }
  const auto [rest, bad_length] = std::from_chars(comma + 1, end, length);
  return bad_length == std::errc() && rest == end && length > 0 && length <= kLongestAccess &&
         address + length > address;
}

}  // namespace

LackeyReader::LackeyReader(std::string path, Malformed malformed)
    : lines_(std::move(path)), policy_(malformed) {}

bool LackeyReader::next(TraceEvent& event) {
  std::string_view line;
  while (lines_.next(line)) {
    if (line.starts_with("I  ")) {
      ++instructions_[current_];
    } else if (is_data_line(line)) {
      if (data_line(line, event)) {
        return true;
      }
    } else if (line.starts_with("--")) {
      if (scheduler_line(line, event)) {
        return true;
      }
    } else if (!is_message(line)) {
      complain(line, "is no line of a lackey trace");
    }
  }
  finish();
  return false;
}

bool LackeyReader::data_line(std::string_view line, TraceEvent& event) {
  if (line.size() < 3 || line[2] != ' ' ||
      !parse_access(line.substr(3), event.address, event.length)) {
    ++malformed_records_;
    complain(line, "is no data record: expected \" L 1fff000618,8\", also S or M");
    return false;
  }
  event.kind = kind_of(line[1]);
  event.thread = current_;
  event.instructions = std::exchange(instructions_[current_], 0);
  any_record_ = true;
  return true;
}

/// Whether the line is an event. Other messages of Valgrind's are passed over.
bool LackeyReader::scheduler_line(std::string_view line, TraceEvent& event) {
  constexpr std::string_view mark = "SCHED[";
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos) {
    return false;
  }
  line.remove_prefix(at + mark.size());
  std::uint32_t number = 0;
  const char* const end = line.data() + line.size();
  const auto [rest, bad] = std::from_chars(line.data(), end, number);
  if (bad != std::errc() || rest == end || *rest != ']' || number == 0 || number > kMostThreads) {
    complain(line, "names no thread: expected \"SCHED[2]: ...\"");
    return false;
  }
  line.remove_prefix(static_cast<std::size_t>(rest - line.data()));
  if (line.find(" acquired lock") != std::string_view::npos) {
    return acquired(number, event);
  }
  const std::uint32_t thread = live_thread(number);
  if (thread == kNone) {
    return false;
  }
  if (line.find(" exiting VG_(scheduler)") != std::string_view::npos) {
    threads_[number] = kNone;
    event = {.kind = TraceEventKind::end, .thread = thread};
    return true;
  }
  if (line.ends_with("-> VgTs_WaitSys")) {
    event = {.kind = TraceEventKind::block, .thread = thread};
    return true;
  }
  return false;
}

bool LackeyReader::acquired(std::uint32_t number, TraceEvent& event) {
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
  if (policy_ == Malformed::drop) {
    return;
  }
  constexpr std::size_t shown = 60;
  problems_.push_back(lines_.path() + ":" + std::to_string(lines_.number()) + "  \"" +
                      std::string(line.substr(0, shown)) + "\" " + what);
  if (problems_.size() == kMostProblems) {
    problems_.push_back(lines_.path() +
                        ": and perhaps more; \"malformed\": \"drop\" passes over them");
    throw InputErrors(std::move(problems_));
  }
}

void LackeyReader::finish() {
  if (!any_record_ && problems_.empty()) {
    problems_.push_back(lines_.path() + ": holds no data record of a lackey trace");
  }
  if (!problems_.empty()) {
    throw InputErrors(std::move(problems_));
  }
}

}  // namespace dsmsim
