#include "protocols/gam/underway.hpp"

#include <algorithm>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim::gam {
namespace {

/// Whether a transaction can get such an answer.
bool may_answer(MessageKind kind, Transaction::Role role) {
  using Role = Transaction::Role;
  switch (row_of(kind).number) {
    case Number::requester:
      return role == Role::requester;
    case Number::home:
      return role == Role::home || role == Role::forward;
    case Number::asked:
      return role == Role::requester || role == Role::home || role == Role::forward;
    case Number::write_back:
      return role == Role::write_back;
    case Number::allocation:
      return role == Role::allocation;
    case Number::none:
    case Number::sender:
      break;
  }
  return false;
}

}  // namespace

Transaction& Underway::answered(const Message& message) {
  if (!transactions_.is_in_use(message.id) ||
      !may_answer(message.kind, transactions_[message.id].role)) {
    throw Error(ExitCode::incoherent, "gam: server " + std::to_string(id_.value()) + " gets " +
                                          std::string(row_of(message.kind).name) +
                                          ", but waits for nothing of the kind");
  }
  return transactions_[message.id];
}

Transaction& Underway::begin(Transaction::Role role, MessageKind sent, GlobalAddress block) {
  const std::uint32_t slot = transactions_.take();
  Transaction& transaction = transactions_[slot];
  transaction = Transaction{};
  transaction.slot = slot;
  transaction.role = role;
  transaction.sent = sent;
  transaction.block = block;
  return transaction;
}

Outcome Underway::wait(const Access& access) {
  ++counters_.queued_local;
  queues_.push(access);
  return {Outcome::pending};
}

void Underway::wait(const Request& request) {
  ++counters_.queued_remote;
  queues_.push(request);
}

/// A line that gets the bytes early (as released) shows them to the read. The first attempt at an
/// access does not say whose it is; the second does.
bool Underway::overtakes_own_write(const Access& read, std::uint32_t transaction) const {
  const auto is_own = [&read](const Access& access) {
    return access.kind == AccessKind::write &&
           (read.thread == nullptr || access.thread == read.thread);
  };
  const BlockQueue* const queue = queues_.find(read.block);
  return is_own(transactions_[transaction].access) ||
         (queue != nullptr && std::any_of(queue->local.begin(), queue->local.end(), is_own));
}

}  // namespace dsmsim::gam
