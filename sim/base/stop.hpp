#pragma once
// Whether long work should end: a question that whoever may be at work for more than a tenth of a
// second asks again and again, wherever it is (planning, setting up, loading a platform, reading a
// trace, a run, writing results). Who started the work answers: the command line with an interrupt,
// a run with its limit of real time, the Python module with what Python's signals say.

#include <functional>

namespace dsmsim {

/// Throws what the work is to end with, such as Error(ExitCode::interrupted); else returns. Costs
/// what the answers cost, a microsecond: not for the inside of tight loops.
void stop_if_asked();

/// While it lives, stop_if_asked() of this thread also asks `question`, after those of older ones.
class StopQuestion {
 public:
  explicit StopQuestion(std::function<void()> question);
  ~StopQuestion();
  StopQuestion(const StopQuestion&) = delete;
  StopQuestion& operator=(const StopQuestion&) = delete;

 private:
  friend void stop_if_asked();
  void ask() const;

  std::function<void()> question_;
  const StopQuestion* older_;
};

/// Asks now and then in a loop of many small steps.
class StopCounter {
 public:
  explicit StopCounter(unsigned steps) : steps_(steps) {}
  void step() {
    if (++done_ == steps_) {
      done_ = 0;
      stop_if_asked();
    }
  }

 private:
  unsigned steps_;
  unsigned done_ = 0;
};

}  // namespace dsmsim
