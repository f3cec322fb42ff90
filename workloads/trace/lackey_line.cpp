#include "workloads/trace/lackey_line.hpp"

#include <algorithm>
#include <charconv>

namespace dsmsim {
namespace {

constexpr std::uint32_t kMostThreads = 1 << 16;  // Valgrind's own is --max-threads, usually 500
constexpr std::uint32_t kLongestAccess = 4096;   // lackey's own limit is MAX_DSIZE, 512

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_blank_at(std::string_view text, std::size_t at) {
  return at < text.size() && is_blank(text[at]);
}

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

/// Takes a number from the beginning of the text.
template <class Number>
bool take(std::string_view& text, Number& number, int base) {
  const auto [rest, bad] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return bad == std::errc();
}

/// "1fff000618,8", and behind a blank whatever else.
bool parse_access(std::string_view text, TraceEvent& event) {
  text = without_blanks(text);
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
  }
  if (!take(text, event.address, 16)) {
    return false;
  }
  text = without_blanks(text);
  if (!text.starts_with(',')) {
    return false;
  }
  text = without_blanks(text.substr(1));
  return take(text, event.length, 10) && (text.empty() || is_blank(text.front())) &&
         event.length > 0 && event.length <= kLongestAccess &&
         event.address + event.length > event.address;
}

bool is_data_letter(char c) { return c == 'L' || c == 'S' || c == 'M'; }

bool is_data(std::string_view line) {
  const std::string_view text = without_blanks(line);
  return !text.empty() && is_data_letter(text.front()) &&
         (text.size() < line.size() || is_blank_at(text, 1));
}

bool is_message(std::string_view line) {
  return line.starts_with("==") || line.starts_with("--") || line.starts_with("**") ||
         without_blanks(line).empty();
}

/// "I  0401ab70,3" and "I 0401ab70,3".
bool is_instruction(std::string_view line) {
  TraceEvent event;
  return line.starts_with("I  ") || (line.starts_with("I ") && parse_access(line.substr(2), event));
}

}  // namespace

LackeyLine kind_of(std::string_view line) {
  if (is_instruction(line)) {
    return LackeyLine::instruction;
  }
  if (is_data(line)) {
    return LackeyLine::data;
  }
  if (is_message(line)) {
    return LackeyLine::message;
  }
  return line.starts_with("SB ") ? LackeyLine::superblock : LackeyLine::other;
}

bool parse_data(std::string_view line, TraceEvent& event) {
  line = without_blanks(line);
  event.kind = line.front() == 'L'   ? TraceEventKind::load
               : line.front() == 'S' ? TraceEventKind::store
                                     : TraceEventKind::modify;
  return is_blank_at(line, 1) && parse_access(line.substr(1), event);
}

/// Before the number there may be the time (--time-stamp=yes).
std::uint32_t process_of(std::string_view message) {
  if (message.size() < 2) {
    return 0;
  }
  const std::string_view mark = message.substr(0, 2);
  message.remove_prefix(2);
  message = message.substr(0, message.find(mark));
  message.remove_prefix(message.find_last_of(' ') + 1);  // npos + 1 is 0
  std::uint32_t process = 0;
  return take(message, process, 10) && message.empty() ? process : 0;
}

SchedulerLine parse_scheduler(std::string_view message) {
  using Kind = SchedulerLine::Kind;
  constexpr std::string_view mark = "SCHED[";
  const std::size_t at = message.find(mark);
  if (at == std::string_view::npos) {
    return {};
  }
  message.remove_prefix(at + mark.size());
  std::uint32_t thread = 0;
  if (!take(message, thread, 10) || !message.starts_with(']') || thread == 0 ||
      thread > kMostThreads) {
    return {Kind::malformed, 0};
  }
  if (message.find(" acquired lock") != std::string_view::npos) {
    return {Kind::acquired, thread};
  }
  if (message.find(" exiting VG_(scheduler)") != std::string_view::npos) {
    return {Kind::exits, thread};
  }
  return {message.ends_with("-> VgTs_WaitSys") ? Kind::blocks : Kind::none, thread};
}

}  // namespace dsmsim
