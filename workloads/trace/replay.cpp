#include "workloads/trace/replay.hpp"

#include "sim/base/error.hpp"
#include "workloads/generators/drivers.hpp"

namespace dsmsim {

TraceReplay::TraceReplay(TraceOptions options) : options_(std::move(options)) {
  try {
    read();
  } catch (const Error& error) {
    if (error.code() != ExitCode::bad_input) {
      throw;  // it was to stop
    }
    throw Misfit("/file", error.what());
  }
}

void TraceReplay::read() {
  const std::string& file = options_.file.path.empty() ? options_.file.name : options_.file.path;
  LackeyReader reader(file, options_.lackey);
  trace_ = import_trace(reader, options_.import);
  if (!is_enough(reader)) {
    throw Error(file + ": " + reader.cut() + "; \"malformed\": \"drop\" replays what is there");
  }
  for (const std::string& warning : reader.warnings()) {
    warnings_.push_back(options_.file.name + ": " + warning);
  }
  for (std::uint32_t thread = 0; thread < trace_.threads.size(); ++thread) {
    valgrind_numbers_.push_back(reader.valgrind_number(thread));
  }
}

/// A recording that was cut off will do if it has as many records as are wanted.
bool TraceReplay::is_enough(const TraceReader& reader) const {
  return reader.cut().empty() || options_.lackey.malformed == Malformed::drop ||
         (options_.import.records && trace_.counts.read >= *options_.import.records);
}

void TraceReplay::check_servers(std::size_t servers) const {
  for (std::size_t i = 0; i < options_.thread_servers.size(); ++i) {
    if (const std::uint32_t server = options_.thread_servers[i]; server >= servers) {
      throw Misfit("/thread_servers/" + std::to_string(i),
                   "trace: thread_servers names server " + std::to_string(server) +
                       ", but threads run on " + std::to_string(servers));
    }
  }
}

Demand TraceReplay::demand(std::size_t) const {
  Demand demand;
  demand.threads = trace_.threads.size();
  return demand.add(trace_.first_touch.size(), options_.import.granularity);
}

Task<> TraceReplay::main(Thread& thread) {
  World& world = thread.world();
  const std::size_t servers = world.compute_servers();
  const double clock_ghz = options_.clock_ghz.value_or(world.cluster().profile().clock_ghz);
  ps_per_instruction_ = 1e3 / (clock_ghz * options_.instructions_per_cycle);
  traced_instructions_ = trace_.counts.instructions > 0;
  kinds_[0] = world.meter().define("trace_load");
  kinds_[1] = world.meter().define("trace_store");
  kinds_[2] = world.meter().define("trace_modify");

  const std::vector<NodeId> homes = object_homes(servers);
  objects_ = co_await allocate_at(thread, homes, options_.import.granularity, false);
  world.start_measuring();
  threads_.resize(trace_.threads.size());
  threads_[0] = start(thread, 0);
  co_await thread.join(threads_[0]);
  for (const ThreadId started : threads_) {  // thread 0 has started them all, or is lost
    if (started.valid()) {
      co_await thread.join(started);
    }
  }
}

/// Valgrind numbers its threads from 1.
NodeId TraceReplay::server_of(std::uint32_t traced_thread, std::size_t servers) const {
  const std::size_t index = valgrind_numbers_[traced_thread] - 1;
  return index < options_.thread_servers.size() ? NodeId(options_.thread_servers[index])
                                                : server_of_driver(index, servers);
}

std::vector<NodeId> TraceReplay::object_homes(std::size_t servers) const {
  std::vector<NodeId> homes;
  homes.reserve(trace_.first_touch.size());
  for (std::size_t object = 0; object < trace_.first_touch.size(); ++object) {
    homes.push_back(options_.placement == ObjectPlacement::round_robin
                        ? server_of_driver(object, servers)
                        : server_of(trace_.first_touch[object], servers));
  }
  return homes;
}

ThreadId TraceReplay::start(Thread& parent, std::uint32_t traced_thread) {
  const NodeId server = server_of(traced_thread, parent.world().compute_servers());
  return parent.spawn(server,
                      [this, traced_thread](Thread& t) { return replay(t, traced_thread); });
}

Task<> TraceReplay::replay(Thread& thread, std::uint32_t traced_thread) {
  ThreadTrace::Cursor cursor(trace_.threads[traced_thread]);
  std::vector<PlainAccess> plain;
  TraceStep step;
  bool inside_record = false;
  Time record_start;
  while (read_ahead(cursor, inside_record, plain, step)) {
    co_await replay_plain(thread, plain);
    if (plain.size() == kAhead) {
      continue;
    }
    if (step.kind == TraceStepKind::start) {
      threads_[step.object] = start(thread, static_cast<std::uint32_t>(step.object));
      continue;
    }
    if (step.kind == TraceStepKind::join) {
      co_await thread.join(threads_[step.object]);
      continue;
    }
    co_await thread.compute(compute_time(step));
    record_start = inside_record ? record_start : thread.now();
    co_await access(thread, step);
    inside_record = step.records == 0;
    if (!inside_record) {
      replayed_ += step.records;
      thread.count_operation(kinds_[static_cast<std::size_t>(step.kind)], record_start);
    }
  }
  co_await replay_plain(thread, plain);
}

/// The plain accesses that come next, at most kAhead, and if they are fewer the step behind them.
/// False if there is none.
bool TraceReplay::read_ahead(ThreadTrace::Cursor& cursor, bool inside_record,
                             std::vector<PlainAccess>& plain, TraceStep& step) const {
  plain.clear();
  while (plain.size() < kAhead) {
    if (!cursor.next(step)) {
      return false;
    }
    if (inside_record || step.records != 1 || step.kind > TraceStepKind::store) {
      return true;
    }
    PlainAccess& access = plain.emplace_back();  // in place: no copy waits for its bytes
    access.object = objects_[step.object];
    access.offset = step.offset;
    access.length = step.length;
    access.before = compute_time(step);
    access.writes = step.kind == TraceStepKind::store;
  }
  return true;
}

/// Loads and stores that are records of their own: those that hit at once, the others one by one.
Task<> TraceReplay::replay_plain(Thread& thread, const std::vector<PlainAccess>& accesses) {
  const std::span<const PlainAccess> all(accesses);
  for (std::size_t done = 0; done < all.size();) {
    done += thread.run_hits(all.subspan(done), kinds_[0], kinds_[1]);
    if (done == all.size()) {
      break;
    }
    const PlainAccess& access = all[done++];
    co_await thread.compute(access.before);
    const Time start = thread.now();
    if (access.writes) {
      co_await thread.write(access.object, Bytes(access.offset), Bytes(access.length));
    } else {
      co_await thread.read(access.object, Bytes(access.offset), Bytes(access.length));
    }
    thread.count_operation(kinds_[access.writes ? 1 : 0], start);
  }
  replayed_ += accesses.size();
  accesses_ += accesses.size();
}

Task<> TraceReplay::access(Thread& thread, const TraceStep& step) {
  const ObjectId object = objects_[step.object];
  if (step.kind != TraceStepKind::store) {
    ++accesses_;
    co_await thread.read(object, Bytes(step.offset), Bytes(step.length));
  }
  if (step.kind != TraceStepKind::load) {
    ++accesses_;
    co_await thread.write(object, Bytes(step.offset), Bytes(step.length));
  }
}

Duration TraceReplay::compute_time(const TraceStep& step) const {
  const double instructions =
      traced_instructions_ ? step.instructions : options_.assumed_instructions * step.records;
  return from_ps(instructions * ps_per_instruction_);
}

void TraceReplay::report(CounterReport& numbers) const {
  const ImportCounts& counts = trace_.counts;
  numbers.add("records", counts.records);
  numbers.add("replayed", replayed_);
  numbers.add("dropped.malformed", counts.malformed);
  numbers.add("dropped.stack", counts.stack);
  numbers.add("dropped.beyond_limit", counts.beyond_limit);
  numbers.add("dropped.other_processes", counts.other_processes);
  numbers.add("accesses", accesses_);
  numbers.add("instructions", counts.instructions);
  numbers.add("threads", trace_.threads.size());
  numbers.add("objects", trace_.first_touch.size());
}

}  // namespace dsmsim
