// The global completion event: how tasks learn that all asynchronous writes have ended (uwsampa/
// grappa system/GlobalCompletionEvent.hpp:234-336; ATC'15 section 3.1.3).
//
// Each core counts its own. When its count leaves zero it enrolls at core 0, which counts such
// cores; the first of them tells all cores that the event is in progress, before its write leaves.
// When its count is zero again it leaves, and when core 0 counts none it resets the event on all
// cores, has their acknowledgements, and wakes those who wait there. So an end is two rounds of a
// message to or from every core, itself included.
//
// The original leaves open what becomes of a core that enrolls while the event ends, or that has
// when it is told so. Here core 0 answers it after the acknowledgements, and a core with writes is
// not reset and wakes nobody: another end will come.

#include "protocols/grappa/runtime.hpp"

namespace dsmsim::grappa {

bool Runtime::enroll(TaskState& task, std::uint32_t writes) {
  EventPart& event = core(task.core).event;
  task.enrolled = writes;
  event.count += writes;
  event.in_progress = true;
  return event.count == writes;
}

std::optional<std::uint64_t> Runtime::enroll_core(TaskState& task) {
  const bool ending = event_.acknowledgements > 0;
  if (task.core == CoreId(0) && !ending) {
    occupy(core(task.core), options_.costs.call);
    return ++event_.cores_out;
  }
  task.value = 0;
  task.left = 1;
  const std::uint32_t index = make(task, Kind::enroll, CoreId(0));
  if (task.core == CoreId(0)) {
    event_.deferred.push_back(index);
  } else {
    send(index);
  }
  return std::nullopt;
}

void Runtime::start_event(TaskState& task) {
  task.value = 0;
  task.left = layout_.cores();
  for (std::uint32_t i = 0; i < layout_.cores(); ++i) {
    send(make(task, Kind::start, CoreId(i)));
  }
}

/// A write of the core has ended.
void Runtime::leave_event(Core& core) {
  if (--core.event.count == 0) {
    tell(core, CoreId(0), Kind::leave);
  }
}

void Runtime::tell(Core& from, CoreId to, Kind kind) {
  const std::uint32_t index = messages_.take();
  messages_[index] = {.kind = kind,
                      .from = static_cast<std::uint16_t>(from.id.value()),
                      .to = static_cast<std::uint16_t>(to.value()),
                      .thread = kNobody};
  send(index);
}

void Runtime::tell_all(Core& from, Kind kind) {
  for (std::uint32_t i = 0; i < layout_.cores(); ++i) {
    tell(from, CoreId(i), kind);
  }
}

/// A message that is about no operation.
void Runtime::run_event(Core& core, std::uint32_t index) {
  const Kind kind = messages_[index].kind;
  messages_.give_back(index);
  EventPart& event = core.event;
  switch (kind) {
    case Kind::leave:
      if (!mutated("grappa.never_end") && --event_.cores_out == 0) {
        event_.acknowledgements = layout_.cores();
        tell_all(core, Kind::reset);
      }
      return;
    case Kind::reset:
      event.in_progress = event.count > 0 && !mutated("grappa.reset_busy");
      tell(core, CoreId(0), Kind::acknowledge);
      return;
    case Kind::acknowledge:
      if (--event_.acknowledgements > 0) {
        return;
      }
      tell_all(core, Kind::wake);
      for (const std::uint32_t enrolls : std::exchange(event_.deferred, {})) {
        if (!mutated("grappa.lose_enrolled")) {
          reply(core, enrolls, ++event_.cores_out);
        }
      }
      return;
    default:  // wake
      if (!event.in_progress) {
        answered_.insert(answered_.end(), event.waiting.begin(), event.waiting.end());
        event.waiting.clear();
      }
  }
}

}  // namespace dsmsim::grappa
