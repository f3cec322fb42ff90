// What the pComponent does for programs that read and write files (managers/processor/fs).

#include <algorithm>
#include <utility>

#include "protocols/legoos/engine.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {

using legoos::MessageKind;
using legoos::Step;

/// Bytes of a file go to and from its memory server call by call. Without a buffer cache everything
/// is at storage already when it is to be synchronised.
Task<> LegoosEngine::extra(Thread& thread, Op& op) {
  if (op.file.value() >= legoos::kMostFiles || op.offset > legoos::kEndOfFiles ||
      op.length > legoos::kEndOfFiles - op.offset) {
    throw Error("legoos: " + std::string(to_string(op.kind)) + " of file " +
                std::to_string(op.file.value()) + ": there are " +
                std::to_string(legoos::kMostFiles) + " files of " + to_string(legoos::kEndOfFiles));
  }
  Core& core = core_of(thread);
  co_await spend(thread, options_.files->system_call);
  if (op.kind == OpKind::file_write && witness() == nullptr) {
    op.set_token(++last_file_name_);
  }
  const bool syncs = op.kind == OpKind::file_sync;
  if (syncs && options_.files->buffer_cache) {
    co_await call_file(thread, core, op, Bytes());
  }
  for (Bytes done; !syncs && done < op.length; done += options_.files->call) {
    co_await call_file(thread, core, op, done);
  }
  core.step = Step::none;
}

Task<> LegoosEngine::call_file(Thread& thread, Core& core, Op& op, Bytes done) {
  const bool writes = op.kind == OpKind::file_write;
  const MessageKind kind = writes                         ? MessageKind::file_write
                           : op.kind == OpKind::file_read ? MessageKind::file_read
                                                          : MessageKind::file_sync;
  const Bytes length = std::min(op.length - done, options_.files->call);
  const std::uint64_t page = legoos::kPage.count();
  const auto pages = static_cast<std::int64_t>((length.count() + page - 1) / page);
  const Duration copying = costs().copy * pages;
  if (writes) {
    co_await spend(thread, copying, Category::copy);
  }
  const Cause cause = thread.tally().cause();
  do {
    core.step = Step::calling;
    traffic().missed(cause, kind == MessageKind::file_sync ? Bytes() : length);
    station_.ask(core.caller, server_of(thread, op.file),
                 {.kind = kind,
                  .cause = cause,
                  .file = op.file,
                  .contents = op.operand(),
                  .address = op.offset + done,
                  .length = length},
                 &thread.tally(), writes ? length : Bytes());
    co_await calls_.answered(&thread.tally(), core);
  } while (std::exchange(core.caller.failed, false));  // the next has the file then
  op.result = core.caller.reply.contents;
  if (op.kind == OpKind::file_read) {
    co_await spend(thread, copying, Category::copy);
  }
}

NodeId LegoosEngine::server_of(const Thread& thread, FileId file) const {
  const NodeId server = servers_.server_of(file);
  return mutated("legoos.two_caches_of_file") && thread.id().index() % 2 == 1
             ? servers_.memory_after(server)
             : server;
}

}  // namespace dsmsim
