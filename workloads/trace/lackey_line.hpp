#pragma once
// One line of what Valgrind's lackey writes, by its kind (lackey_reader.hpp has the format). Course
// material has the same lines with one blank after the I, without a blank before the letter, and
// with more columns behind the size (what a cache simulator made of the access): all are taken.

#include <cstdint>
#include <string_view>

#include "workloads/trace/reader.hpp"

namespace dsmsim {

enum class LackeyLine : unsigned char {
  instruction,  ///< "I  0401ab70,3"
  data,         ///< " S 1fff000618,8", or meant to be such
  superblock,   ///< "SB 00400000", with --trace-superblocks=yes
  message,      ///< "==4392== ...", "--4392-- ...", "**4392** ...", or empty
  other,
};
LackeyLine kind_of(std::string_view line);

/// Kind, address and length of a data line; false if it cannot be read. The length is at least 1,
/// at most 4096, and the last byte has an address of 64 bits.
bool parse_data(std::string_view line, TraceEvent& event);

/// The process that a message names, "--4392-- ..."; 0 if it names none.
std::uint32_t process_of(std::string_view message);

/// What Valgrind's scheduler says of a thread, with --trace-sched=yes.
struct SchedulerLine {
  enum class Kind : unsigned char {
    none,  ///< the message is not of the scheduler, or of no interest
    malformed,
    acquired,  ///< the thread runs from here on
    blocks,    ///< it is in a system call that may wait
    exits,
  };
  Kind kind = Kind::none;
  std::uint32_t thread = 0;  ///< Valgrind's number, from 1
};
SchedulerLine parse_scheduler(std::string_view message);

}  // namespace dsmsim
