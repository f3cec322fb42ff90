#include "sim/check/checker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.hpp"
#include "sim/dsm/boundary/thread.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {
namespace {

bool overlap(Bytes a, Bytes a_length, Bytes b, Bytes b_length) {
  return a < b + b_length && b < a + a_length;
}
bool stores(OpKind kind) {
  return kind == OpKind::write || kind == OpKind::file_write || kind == OpKind::call_write;
}

std::string bytes_text(Bytes offset, Bytes length) {
  return length == Bytes(1)
             ? fmt::format("byte {}", offset.count())
             : fmt::format("bytes {} to {}", offset.count(), (offset + length).count() - 1);
}

}  // namespace

// ---- operations

OpToken Checker::begin(const Thread& thread, const Op& op) {
  if (threads_.size() <= thread.id().index()) {
    threads_.resize(thread.id().index() + 1);
  }
  Watched& watched = this->watched(thread.id());
  const OpToken none = OpToken{thread.id().value() + std::uint64_t{1}} << kCountBits;
  watched.last = std::max(watched.last, none) + 1;
  watched.thread = &thread;
  watched.node = thread.node();
  watched.active = true;
  watched.object = op.object;
  watched.offset = op.offset;
  watched.length = op.length;
  watched.kind = op.kind;
  watched.operand = op.operand();
  watched.used = false;
  watched.since = ++sequence_;
  if (stores(op.kind)) {
    watched.pending.push_back({watched.last, op.object, op.offset, op.length, op.length});
  }
  if (op.kind == OpKind::fence || op.kind == OpKind::unlock || is_lock(op.kind) ||
      is_word(op.kind) || is_call(op.kind)) {
    watched.fence = watched.last;
  }
  if (op.kind == OpKind::unlock) {
    give_lock(thread, op);
  }
  return watched.last;
}

void Checker::end(const Thread& thread, const Op& op) {
  Watched& watched = this->watched(thread.id());
  watched.active = false;
  if (is_call(op.kind)) {
    check_call(watched);
  } else if (stores(op.kind)) {
    end_write(watched);
  } else if (is_lock(op.kind)) {
    check_fence(watched);
    if (!tries(op.kind) || op.result != 0) {
      take_lock(thread, op);
    }
  } else if (op.kind == OpKind::unlock) {
    check_fence(watched);
  } else if (is_word(op.kind)) {
    check_fence(watched);
    end_word(watched, op);
  }
}

/// Under the strict models a write has taken effect now.
void Checker::end_write(const Watched& thread) const {
  if (model_ == MemoryModel::sequential && !thread.pending.empty()) {
    violated(name(thread.pending.front().write) + " has ended and has not taken effect");
  }
}

/// It has taken effect under any model, and so has what the thread wrote before.
void Checker::check_call(const Watched& thread) const {
  if (!thread.pending.empty()) {
    violated(fmt::format("{} has not taken effect, though {}, a call, has ended",
                         name(thread.pending.front().write), name(thread.last)));
  }
}

/// What the thread wrote before its last fence or lock has taken effect.
void Checker::check_fence(const Watched& thread) const {
  if (!thread.pending.empty() && thread.pending.front().write < thread.fence) {
    violated(fmt::format("{} has not taken effect, though {} has ended, and what follows has begun",
                         name(thread.pending.front().write), name(thread.fence)));
  }
}

/// A part of the write has taken effect.
void Checker::settle(OpToken write, Bytes length) {
  std::vector<Pending>& pending = watched(thread_of(write)).pending;
  const auto at = std::find_if(pending.begin(), pending.end(),
                               [write](const Pending& p) { return p.write == write; });
  if (at == pending.end() || at->left < length) {
    violated(name(write) + " takes effect for a second time");
  }
  at->left = at->left - length;
  if (at->left == Bytes(0)) {
    pending.erase(at);
  }
}

// ---- locks

void Checker::take_lock(const Thread& thread, const Op& op) {
  std::vector<HeldLock>& held = locks_[op.object.value()];
  const HeldLock lock = lock_of(thread, op);
  forget_lost(held);
  const auto other = std::find_if(held.begin(), held.end(), [&lock](const HeldLock& h) {
    return !(h.shared && lock.shared) && overlap(h.offset, h.length, lock.offset, lock.length);
  });
  if (other != held.end()) {
    violated(fmt::format("{} has locked {}, of which {} holds {}",
                         thread_name(thread.id(), thread.node()),
                         bytes_text(lock.offset, lock.length) + " of " + object_name(op.object),
                         thread_name(other->holder, watched(other->holder).node),
                         bytes_text(other->offset, other->length)));
  }
  held.push_back(lock);
}

Checker::HeldLock Checker::lock_of(const Thread& thread, const Op& op) {
  return {thread.id(), op.offset, std::max(op.length, Bytes(1)), is_shared(op.kind)};
}

/// The locks of lost threads are free, once the engine says so.
void Checker::forget_lost(std::vector<HeldLock>& held) const {
  std::erase_if(held, [this](const HeldLock& lock) {
    return threads_[lock.holder.index()].thread->is_lost();
  });
}

void Checker::give_lock(const Thread& thread, const Op& op) {
  std::vector<HeldLock>& held = locks_[op.object.value()];
  const HeldLock given = lock_of(thread, op);
  const auto own = std::find_if(held.begin(), held.end(), [&given](const HeldLock& h) {
    return h.holder == given.holder && h.offset == given.offset && h.length == given.length;
  });
  if (own != held.end()) {
    held.erase(own);
  }
}

// ---- words with a full/empty bit

void Checker::used_word(ThreadId thread, std::uint64_t value) {
  Watched& user = watched(thread);
  const std::string what = name(user.last) + ", a " + std::string(to_string(user.kind)) + ",";
  if (!user.active || !is_word(user.kind) || user.used) {
    violated(name(user.last) + " uses a word once more than it should");
  }
  user.used = true;
  Word& word = words_[{user.object, user.offset}];
  if (user.kind != OpKind::write_xf && word.full != reads_word(user.kind)) {
    violated(what + " has used a word that is " + (word.full ? "full" : "empty"));
  }
  if (!reads_word(user.kind)) {
    word.value = user.operand;
  }
  word.full = user.kind != OpKind::read_fe;
  if (value != word.value) {
    violated(fmt::format("{} has found {} in a word, where {} was put", what, value, word.value));
  }
  user.operand = word.value;
}

/// It has taken effect, and tells what was there then.
void Checker::end_word(const Watched& thread, const Op& op) const {
  if (!thread.used) {
    violated(name(thread.last) + " has ended and has not used its word");
  }
  if (reads_word(op.kind) && op.result != thread.operand) {
    violated(
        fmt::format("{} gives {}, and has found {}", name(thread.last), op.result, thread.operand));
  }
}

// ---- contents

void Checker::created(std::uint64_t unit, OpToken contents) { units_[unit] = {{}, contents}; }

void Checker::wrote(OpToken write, const Extent& extent, OpToken base) {
  const auto [found, unknown] = units_.try_emplace(extent.unit);
  Unit& unit = found.value();
  if (unknown) {
    unit.first = base;
  }
  if (base != unit.latest()) {
    violated(fmt::format("{} was made on top of {}, but the latest is {}: bytes are lost\n{}",
                         name(write), name(base), name(unit.latest()), history(unit)));
  }
  if (unit.commits.size() == 2 * kRemembered) {
    unit.first = unit.commits[kRemembered - 1].write;
    unit.commits.erase(unit.commits.begin(), unit.commits.begin() + kRemembered);
  }
  unit.commits.push_back({write, extent.offset, extent.length, ++sequence_, clock_.now()});
  ++writes_;
  const Watched& writer = watched(thread_of(write));
  if (write > writer.fence) {
    check_fence(writer);
  }
  settle(write, extent.length);
}

void Checker::read(OpToken read, const Extent& extent, OpToken contents) {
  const auto [found, unknown] = units_.try_emplace(extent.unit);
  Unit& unit = found.value();
  if (unknown) {
    unit.first = contents;
  }
  ++reads_;
  Watched& reader = watched(thread_of(read));
  reader.found = extent;
  reader.contents = contents;
  if (!reader.pending.empty()) {
    check_pending(reader, read);
  }
  note_reader(unit, reader, contents);
  if (contents != unit.latest() || model_ == MemoryModel::coherent) {
    check_read(reader, read, unit, extent, contents);
  }
}

/// The thread's own writes that are under way.
void Checker::check_pending(const Watched& reader, OpToken read) const {
  check_fence(reader);
  for (const Pending& own : reader.pending) {
    if (own.object == reader.object && own.left == own.length &&
        overlap(own.offset, own.length, reader.offset, reader.length)) {
      violated(name(read) + " does not see " + name(own.write) +
               ", an earlier write of its thread");
    }
  }
}

void Checker::check_read(Watched& reader, OpToken read, const Unit& unit, const Extent& extent,
                         OpToken contents) {
  const auto is_it = [contents](const Commit& commit) { return commit.write == contents; };
  const auto from = std::find_if(unit.commits.rbegin(), unit.commits.rend(), is_it);
  if (from == unit.commits.rend() && contents != unit.first) {
    violated(fmt::format("{} read {}, which is not among the last contents of what it read\n{}",
                         name(read), name(contents), history(unit)));
  }
  Sequence& seen = reader.seen[extent.unit];
  for (auto later = from.base(); later != unit.commits.end(); ++later) {
    if (!overlap(later->offset, later->length, extent.offset, extent.length)) {
      continue;
    }
    const bool own = thread_of(later->write) == thread_of(read) && later->write < read;
    const bool late =
        model_ == MemoryModel::coherent ? later->when <= seen : later->when <= reader.since;
    if (own || late) {
      violated(fmt::format("{} read {}; it must see {} or what follows it\n{}", name(read),
                           name(contents), name(later->write), history(unit)));
    }
  }
  if (from != unit.commits.rend()) {
    seen = std::max(seen, from->when);
  }
}

// ---- crashes

/// What a thread of another server than its writer's has read.
void Checker::note_reader(Unit& unit, const Watched& reader, OpToken contents) {
  if (!unit.commits.empty() && unit.commits.back().write == contents &&
      watched(thread_of(contents)).thread->node() != reader.thread->node()) {
    unit.out = unit.commits.back().when;
  }
}

void Checker::left(std::uint64_t number) {
  const auto unit = units_.find(number);
  if (unit != units_.end() && !unit->second.commits.empty()) {
    unit.value().out = unit->second.commits.back().when;
  }
}

void Checker::rolled_back(std::uint64_t number, OpToken name, NodeId lost) {
  const auto [found, unknown] = units_.try_emplace(number);
  Unit& unit = found.value();
  while (!unit.commits.empty() && unit.latest() != name) {
    undo(unit.commits.back(), unit, lost);
    unit.commits.pop_back();
  }
  if (unit.commits.empty()) {
    unit.first = name;  // or older than what is remembered
  }
}

/// A write that has not ended may take effect once more.
void Checker::undo(const Commit& commit, const Unit& unit, NodeId lost) {
  Watched& writer = watched(thread_of(commit.write));
  if (writer.active && writer.last == commit.write && !writer.thread->is_lost()) {
    writer.pending.push_back(
        {commit.write, writer.object, commit.offset, commit.length, commit.length});
  } else if (commit.when <= unit.out || writer.thread->node() != lost) {
    violated(fmt::format("{} is lost with server {}, though others knew of it\n{}",
                         this->name(commit.write), lost.value(), history(unit)));
  }
}

void Checker::read_early(OpToken read, const Extent& extent, OpToken write) {
  ++reads_;
  Watched& reader = watched(thread_of(read));
  reader.found = extent;
  reader.contents = write;
  if (thread_of(read) != thread_of(write) && model_ != MemoryModel::coherent) {
    violated(fmt::format("{} read {}, which has not taken effect for others\n{}", name(read),
                         name(write), history(units_[extent.unit])));
  }
}

OpToken Checker::last_read(ThreadId reader) const {
  const Watched& thread = threads_[reader.index()];
  const OpToken contents = thread.contents;
  const auto unit = units_.find(thread.found.unit);
  if (unit == units_.end()) {
    return contents;  // of a write that has not taken effect
  }
  const std::vector<Commit>& commits = unit->second.commits;
  const auto from = std::find_if(commits.rbegin(), commits.rend(),
                                 [contents](const Commit& c) { return c.write == contents; });
  const auto writer = std::find_if(from, commits.rend(), [&](const Commit& c) {
    return overlap(c.offset, c.length, thread.found.offset, Bytes(1));
  });
  // Others may have written elsewhere in the unit.
  return writer == commits.rend() ? unit->second.first : writer->write;
}

// ---- state and words

void Checker::fingerprint(Fingerprint& into) const {
  for (const Watched& thread : threads_) {
    into.add(thread.fence);
    into.add(thread.pending.size());
    for (const Pending& pending : thread.pending) {
      into.add(pending.write);
      into.add(pending.left.count());
    }
  }
  for (const Watched& thread : threads_) {
    into.add(thread.active && is_word(thread.kind) ? 1 + (thread.used ? 1 : 0) : 0);
  }
  for (const auto& [place, word] : words_) {
    into.add((place.first.value() << 32) + place.second.count());
    into.add(word.full ? 1 : 0);
    into.add(word.value);
  }
  boost::container::small_vector<std::uint64_t, 16> order;
  for (const auto& [unit, contents] : units_) {
    order.push_back(unit);
  }
  std::sort(order.begin(), order.end());
  for (const std::uint64_t number : order) {
    const Unit& unit = units_.find(number)->second;
    into.add(number);
    into.add(unit.first);
    for (const Commit& commit : unit.commits) {
      into.add(commit.write);
    }
    for (const Watched& thread : threads_) {
      if (thread.active) {
        into.add(static_cast<std::uint64_t>(
            std::count_if(unit.commits.begin(), unit.commits.end(),
                          [&](const Commit& c) { return c.when > thread.since; })));
      }
    }
  }
}

std::string Checker::name(OpToken token) const {
  if (token == 0) {
    return "what was there at first";
  }
  const ThreadId thread = thread_of(token);
  if (thread.index() >= threads_.size()) {
    return fmt::format("what nobody wrote ({:#x})", token);
  }
  return fmt::format("operation {} of {}", number_of(token),
                     thread_name(thread, threads_[thread.index()].node));
}

/// The last writes of a unit, a line each.
std::string Checker::history(const Unit& unit) const {
  constexpr std::size_t most = 8;
  const std::size_t count = std::min(most, unit.commits.size());
  std::string text = "the last writes there:\n  " + name(unit.first);
  for (std::size_t i = unit.commits.size() - count; i < unit.commits.size(); ++i) {
    const Commit& commit = unit.commits[i];
    text += fmt::format("\n  {} at {}: {}", name(commit.write), to_string(commit.at),
                        bytes_text(commit.offset, commit.length));
  }
  return text;
}

void Checker::violated(const std::string& what) const {
  throw Error(ExitCode::incoherent, fmt::format("at {}: {}", to_string(clock_.now()), what));
}

}  // namespace dsmsim
