#pragma once
// Ask and be answered: who waits for what another server will say, by numbers that the messages
// carry.
//
//   Calls<Address>::Call call(calls_, thread.id(), home);  // lives in the frame of who asks
//   send(home, Question{call.number(), size});
//   const std::optional<Address> answer = co_await call.answer();
//   ...
//   calls_.answer(message.call, address);                  // where the answer arrives
//
// A server that has crashed answers nothing: fail_calls_to() tells all who wait for it.

#include <algorithm>
#include <optional>
#include <vector>

#include "sim/base/expects.hpp"
#include "sim/base/ids.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/dsm/kit/slots.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim {

template <class Answer>
class Calls {
 public:
  using Number = std::uint32_t;

  explicit Calls(EventQueue& queue) : queue_(&queue) {}

  /// One question. It must not be left before it is answered or has failed.
  class Call {
   public:
    Call(Calls& calls, ThreadId caller, NodeId asked)
        : answered_(*calls.queue_), number_(calls.begin({caller, asked, this})) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    Number number() const { return number_; }
    /// Awaitable; gives the Answer, or nothing: the server that was asked is lost.
    auto answer() {
      struct Awaiter : decltype(answered_.wait()) {
        Call& call;
        explicit Awaiter(Call& c) : decltype(answered_.wait())(c.answered_.wait()), call(c) {}
        std::optional<Answer> await_resume() const { return call.answer_; }
      };
      return Awaiter(*this);
    }

   private:
    friend class Calls;
    Gate answered_;
    Number number_;
    std::optional<Answer> answer_;
  };

  /// Whoever waits goes on after all that is due now.
  void answer(Number number, const Answer& answer) { end(number)->answer_ = answer; }
  void fail_calls_to(NodeId server) {
    std::vector<Number> failed;
    waiting_.for_each_slot([&](Number number, const Waiting& waiting) {
      if (waiting.asked == server) {
        failed.push_back(number);
      }
    });
    for (const Number number : failed) {
      end(number);
    }
  }
  ThreadId caller(Number number) const { return waiting_[number].caller; }
  /// Adds who waits, whatever its number. Whom it has asked is known from where it is.
  void fingerprint(Fingerprint& into) const {
    std::vector<ThreadId> callers;
    waiting_.for_each([&](const Waiting& waiting) { callers.push_back(waiting.caller); });
    std::sort(callers.begin(), callers.end());
    for (const ThreadId caller : callers) {
      into.add(caller.value());
    }
    into.add(callers.size());
  }

 private:
  struct Waiting {
    ThreadId caller;
    NodeId asked;
    Call* call = nullptr;
  };

  Number begin(const Waiting& waiting) {
    const Number number = waiting_.take();
    waiting_[number] = waiting;
    return number;
  }
  Call* end(Number number) {
    expects(waiting_.is_in_use(number), "a call is answered once");
    Call* const call = waiting_[number].call;
    waiting_.give_back(number);
    call->answered_.open();
    return call;
  }

  EventQueue* queue_;
  Slots<Waiting> waiting_;
};

}  // namespace dsmsim
