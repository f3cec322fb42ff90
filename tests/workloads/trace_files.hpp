#pragma once
// Traces for tests: temporary files, and the one that is shipped with the tests.

#include <zstd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/support/scratch.hpp"

namespace dsmsim::test {

/// Recorded from tests/workloads/data/tiny.c, which starts two threads and joins them.
inline const std::string kTinyTrace =
    std::string(DSMSIM_SOURCE_DIR) + "/tests/workloads/data/tiny.lackey.zst";

/// A folder that goes away with its files.
struct TraceFolder : Scratch {
  std::string write(const std::string& name, const std::string& content) const {
    return (path() / file(name, content)).string();
  }
};

inline std::string compressed(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

/// What the program of that name (gzip, xz, bzip2) makes of a file.
inline std::string compressed_by(const std::string& program, const std::string& file) {
  if (std::system((program + " -c " + file + " > " + file + ".packed").c_str()) != 0) {
    throw std::runtime_error("no " + program);
  }
  std::ostringstream content;
  content << std::ifstream(file + ".packed", std::ios::binary).rdbuf();
  return content.str();
}

/// "--7--   SCHED[2]:  acquired lock (...)" and its like, as Valgrind 3.19 writes them.
inline std::string acquired(int thread) {
  return "--7--   SCHED[" + std::to_string(thread) +
         "]:  acquired lock (thread_wrapper(starting new thread))\n";
}
inline std::string yields(int thread) {
  return "--7--   SCHED[" + std::to_string(thread) +
         "]: releasing lock (VG_(vg_yield)) -> VgTs_Yielding\n";
}
inline std::string blocks(int thread) {
  return "--7--   SCHED[" + std::to_string(thread) +
         "]: releasing lock (VG_(client_syscall)[async]) -> VgTs_WaitSys\n";
}
inline std::string exits(int thread) {
  return "--7--   SCHED[" + std::to_string(thread) + "]: exiting VG_(scheduler)\n--7--   SCHED[" +
         std::to_string(thread) + "]: release lock in VG_(exit_thread)\n";
}

}  // namespace dsmsim::test
