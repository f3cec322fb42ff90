#include "sim/base/stop.hpp"

#include <utility>

namespace dsmsim {
namespace {

/// Of the work that this thread does: the deepest loop of it could not be handed the question
/// otherwise.
thread_local const StopQuestion* newest = nullptr;

}  // namespace

void stop_if_asked() {
  if (newest != nullptr) {
    newest->ask();
  }
}

StopQuestion::StopQuestion(std::function<void()> question)
    : question_(std::move(question)), older_(std::exchange(newest, this)) {}

StopQuestion::~StopQuestion() { newest = older_; }

void StopQuestion::ask() const {
  if (older_ != nullptr) {
    older_->ask();
  }
  question_();
}

}  // namespace dsmsim
