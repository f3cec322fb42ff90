#pragma once
// The program of docs/add-a-program.md, which quotes it.

#include "workloads/generators/drivers.hpp"

namespace dsmsim {

struct CounterOptions {
  std::uint64_t additions = 10;  ///< of each thread
  Duration work;                 ///< between reading and writing
};

class Counter final : public Program {
 public:
  explicit Counter(CounterOptions options) : options_(options) {}
  Task<> main(Thread& t) override;

 private:
  Task<> work(Thread& t, StartLine& start);
  CounterOptions options_;
  ObjectId counter_;
  KindId add_;
};

}  // namespace dsmsim
