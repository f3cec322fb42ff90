#pragma once
// What is under way at one server: its transactions, and what waits at busy blocks until one of
// them has ended.

#include "protocols/gam/step.hpp"

namespace dsmsim::gam {

class Underway {
 public:
  Underway(NodeId id, Counters& counters) : id_(id), counters_(counters) {}

  Transaction& begin(Transaction::Role role, MessageKind sent, GlobalAddress block);
  /// The transaction that the message is an answer in.
  Transaction& answered(const Message& message);
  void end(Transaction& transaction) { transactions_.give_back(transaction.slot); }

  /// Until the block is tried again.
  Outcome wait(const Access& access);
  void wait(const Request& request);
  /// What waits at the block; null: nothing. Give it back when it has been tried.
  BlockQueue* take(GlobalAddress block) { return queues_.take(block); }
  void give_back(BlockQueue& queue) { queues_.give_back(queue); }

  /// Whether a thread would read what it has written before the write is granted, which is the
  /// block's transaction under way or queues behind that.
  bool overtakes_own_write(const Access& read, std::uint32_t transaction) const;

  const Transactions& transactions() const { return transactions_; }
  const BlockQueues& queues() const { return queues_; }

 private:
  NodeId id_;
  Counters& counters_;
  Transactions transactions_;
  BlockQueues queues_;
};

}  // namespace dsmsim::gam
