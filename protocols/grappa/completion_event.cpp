#include "protocols/grappa/completion_event.hpp"

#include <utility>

namespace dsmsim::grappa {
namespace {

constexpr CoreId kMaster(0);

}  // namespace

CompletionEvent::CompletionEvent(System& system, Cores& cores, Outbox& outbox, Tasks& tasks)
    : system_(system),
      cores_(cores),
      outbox_(outbox),
      tasks_(tasks),
      parts_(system.layout.cores()) {}

// ---- tasks

bool CompletionEvent::enroll(TaskState& task, std::uint32_t writes) {
  EventPart& event = at(task.core);
  task.enrolled = writes;
  event.count += writes;
  event.in_progress = true;
  return event.count == writes;
}

std::optional<std::uint64_t> CompletionEvent::enroll_core(TaskState& task) {
  const bool ending = master_.acknowledgements > 0;
  if (task.core == kMaster && !ending) {
    cores_.occupy(cores_[task.core], system_.options.costs.call);
    return ++master_.cores_out;
  }
  task.value = 0;
  task.left = 1;
  const std::uint32_t index = tasks_.make(task, Kind::enroll, kMaster);
  if (task.core == kMaster) {
    master_.deferred.push_back(index);
  } else {
    outbox_.send(index);
  }
  return std::nullopt;
}

void CompletionEvent::start(TaskState& task) {
  task.value = 0;
  task.left = system_.layout.cores();
  for (std::uint32_t i = 0; i < system_.layout.cores(); ++i) {
    outbox_.send(tasks_.make(task, Kind::start, CoreId(i)));
  }
}

void CompletionEvent::end_write(CoreId core) {
  if (--at(core).count == 0) {
    tell(core, kMaster, Kind::leave);
  }
}

// ---- messages

void CompletionEvent::tell(CoreId from, CoreId to, Kind kind) {
  const std::uint32_t index = system_.messages.take();
  system_.messages[index] = {.kind = kind,
                             .from = static_cast<std::uint16_t>(from.value()),
                             .to = static_cast<std::uint16_t>(to.value()),
                             .thread = kNobody};
  outbox_.send(index);
}

void CompletionEvent::tell_all(Kind kind) {
  for (std::uint32_t i = 0; i < system_.layout.cores(); ++i) {
    tell(kMaster, CoreId(i), kind);
  }
}

void CompletionEvent::on_enroll(std::uint32_t index) {
  if (master_.acknowledgements > 0) {
    master_.deferred.push_back(index);
  } else {
    tasks_.reply(index, ++master_.cores_out);
  }
}

void CompletionEvent::on_start(CoreId core, std::uint32_t index) {
  at(core).in_progress = true;
  tasks_.reply(index, 0);
}

void CompletionEvent::on_leave(std::uint32_t index) {
  system_.messages.give_back(index);
  if (!system_.mutated("grappa.never_end") && --master_.cores_out == 0) {
    master_.acknowledgements = system_.layout.cores();
    tell_all(Kind::reset);
  }
}

void CompletionEvent::on_reset(CoreId core, std::uint32_t index) {
  system_.messages.give_back(index);
  at(core).in_progress = at(core).count > 0 && !system_.mutated("grappa.reset_busy");
  tell(core, kMaster, Kind::acknowledge);
}

void CompletionEvent::on_acknowledge(std::uint32_t index) {
  system_.messages.give_back(index);
  if (--master_.acknowledgements > 0) {
    return;
  }
  tell_all(Kind::wake);
  for (const std::uint32_t enrolls : std::exchange(master_.deferred, {})) {
    if (!system_.mutated("grappa.lose_enrolled")) {
      tasks_.reply(enrolls, ++master_.cores_out);
    }
  }
}

void CompletionEvent::on_wake(CoreId core, std::uint32_t index) {
  system_.messages.give_back(index);
  if (!at(core).in_progress) {
    tasks_.answer(at(core).waiting);
  }
}

}  // namespace dsmsim::grappa
