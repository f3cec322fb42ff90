#pragma once
// The parameters of the program that reads and writes files (files.hpp).

#include "workloads/generators/popularity.hpp"

namespace dsmsim {

enum class FilePattern : unsigned char { sequential, random };
constexpr auto config_values(FilePattern) {
  using enum FilePattern;
  return std::to_array<config::Value<FilePattern>>({
      {sequential, "sequential", "request after request, and from the beginning again"},
      {random, "random", "a request anywhere, at a multiple of its size, as popularity draws"},
  });
}

struct FilesOptions {
  config::Sources sources;
  FilePattern pattern = FilePattern::random;
  Bytes file_size = Bytes(16 << 20);
  Bytes request = Bytes(4096);
  double write_ratio = 0.5;
  std::uint64_t sync_every = 0;  ///< requests of a thread; 0: never
  std::uint32_t threads_per_server = 1;
  bool shared_file = false;       ///< of all threads; else each has its own
  std::uint64_t requests = 2000;  ///< of each thread, measured
  bool warm_up = true;            ///< the whole file is read once before that
  Popularity popularity{.distribution = Distribution::uniform};
};

void describe(config::Fields& fields, FilesOptions& options);

}  // namespace dsmsim
