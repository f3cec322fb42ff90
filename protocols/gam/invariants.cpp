#include "protocols/gam/invariants.hpp"

#include <algorithm>

#include "sim/base/error.hpp"

namespace dsmsim::gam {
namespace {

[[noreturn]] void broken(const std::string& what, GlobalAddress block) {
  throw Error(ExitCode::incoherent, "gam: block " + std::to_string(block.offset().count()) +
                                        " of server " + std::to_string(block.home().value()) +
                                        ": " + what);
}
std::string at(const Node& node) { return "at server " + std::to_string(node.id().value()); }

void require(bool holds, const char* what, const Node& node, GlobalAddress block) {
  if (!holds) {
    broken(what + (" " + at(node)), block);
  }
}

/// Of a sharer or an owner, to its home.
bool answers_home(const Message& message) {
  return row_of(message.kind).number == Number::home || message.failed;
}
bool replies(MessageKind kind) {
  return kind == MessageKind::write_reply || kind == MessageKind::read_reply;
}
bool at_home(const Transaction& transaction) {
  return transaction.role == Transaction::Role::home ||
         transaction.role == Transaction::Role::forward;
}

}  // namespace

// ---- what there is

Invariants::Invariants(const System& system, const Threads& threads)
    : system_(system),
      threads_(threads),
      sees_messages_(system.fabric != nullptr && system.fabric->holds_messages()) {
  if (!sees_messages_) {
    return;
  }
  system.fabric->for_each_held(
      [this](const Fabric::HeldStep& step, const Post& post, std::uint64_t) {
        if (!step.completion && system_.types.contain(post.type)) {
          underway_.push_back({post.body.as<Message>(), post.from, post.to});
        }
      });
  for (const auto& node : system.nodes) {
    node->queues().for_each([&](const BlockQueue& queue) {
      for (const Request& request : queue.remote) {
        underway_.push_back({request.message, request.from, node->id()});
      }
    });
  }
}

template <class Condition>
std::uint32_t Invariants::count(Condition condition) const {
  return static_cast<std::uint32_t>(std::count_if(underway_.begin(), underway_.end(), condition));
}

void Invariants::check() const {
  for (const auto& pointer : system_.nodes) {
    const Node& node = *pointer;
    node.directory().for_each([&](const DirectoryEntry& entry) { check_entry(node, entry); });
    std::uint64_t leaving = 0;
    node.cache().for_each([&](const Line& line) {
      leaving += line.state == LineState::to_invalid ? 1 : 0;
      check_line(node, line);
    });
    const std::uint64_t counted = node.cache().leaving();
    if (system_.options.leak_shipped_lines ? counted < leaving : counted != leaving) {
      throw Error(ExitCode::incoherent, "gam: " + std::to_string(leaving) + " lines leave " +
                                            at(node) + ", which has counted " +
                                            std::to_string(counted));
    }
    node.transactions().for_each([&](const Transaction& t) { check_transaction(node, t); });
    node.queues().for_each([&](const BlockQueue& queue) { check_queue(node, queue); });
  }
  for (const Underway& underway : underway_) {
    check_message(underway);
  }
  check_threads();
}

// ---- directories

void Invariants::check_entry(Where home, const DirectoryEntry& entry) const {
  const auto holds = [&](bool condition, const char* what) {
    require(condition, what, home, entry.block);
  };
  const std::size_t listed = entry.sharers.size();
  for (std::size_t i = 0; i < listed; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      holds(entry.sharers[i].server != entry.sharers[k].server, "a sharer is listed twice");
    }
  }
  const DirectoryState state = entry.state;
  holds(state != DirectoryState::unshared || listed == 0, "unshared, but sharers are listed");
  holds(state != DirectoryState::shared || listed > 0, "shared by nobody");
  holds(state != DirectoryState::dirty || listed == 1, "dirty, but not with one owner");
  if (state == DirectoryState::dirty && listed == 1) {
    const Line* const line = node(entry.owner().server).cache().find(entry.block);
    holds(line != nullptr && line->buffer() == entry.owner().buffer &&
              (line->state == LineState::dirty || line->state == LineState::to_dirty ||
               line->state == LineState::to_invalid),
          "dirty, but its owner has not got it");
  }
  holds(entry.locks.empty() || state == DirectoryState::unshared ||
            state == DirectoryState::shared || state == DirectoryState::to_unshared,
        "locked, but another server writes or owns it");
  holds(!entry.locks.exclusive() || state == DirectoryState::unshared,
        "locked for writing, but others share it");
  if (is_transient(state)) {
    check_transition(home, entry);
  }
}

void Invariants::check_transition(Where home, const DirectoryEntry& entry) const {
  const Transaction& transaction = home.transactions()[entry.transaction];
  const auto holds = [&](bool condition, const char* what) {
    require(condition, what, home, entry.block);
  };
  holds(home.transactions().is_in_use(entry.transaction) && at_home(transaction) &&
            transaction.block == entry.block,
        "in transition without a transaction");
  const MessageKind sent = transaction.sent;
  const bool reads = leaves_a_copy(sent);
  const DirectoryState expected = reads ? DirectoryState::to_shared
                                  : transaction.role == Transaction::Role::home
                                      ? DirectoryState::to_unshared
                                      : DirectoryState::to_dirty;
  holds(entry.state == expected, "in a transition that is not its transaction's");
  const auto others = static_cast<std::size_t>(
      std::count_if(entry.sharers.begin(), entry.sharers.end(), [&](const Sharer& sharer) {
        return transaction.role == Transaction::Role::home ||
               sharer.server != transaction.request.from;
      }));
  holds(transaction.unanswered > 0, "in transition with every answer");
  if (!is_invalidation(sent)) {
    holds(transaction.unanswered == 1 && entry.sharers.size() == 1,
          "asked of an owner, but not of one");
  } else if (transaction.failed) {
    holds(transaction.unanswered <= others, "waits for more answers than it has sharers");
  } else {
    holds(transaction.unanswered == others, "does not wait for as many answers as it has sharers");
  }
}

// ---- lines

void Invariants::check_line(Where node, const Line& line) const {
  check_locks(node, line);
  if (line.state == LineState::shared || line.state == LineState::dirty) {
    check_stable(node, line);
  } else {
    check_transient(node, line);
  }
}

void Invariants::check_stable(Where node, const Line& line) const {
  const auto holds = [&](bool condition, const char* what) {
    require(condition, what, node, line.block);
  };
  const Node& home = this->node(line.block.home());
  const DirectoryEntry* const entry = home.directory().find(line.block);
  holds(entry != nullptr, "a copy that its home takes for none");
  const Transaction* const transaction =
      is_transient(entry->state) ? &home.transactions()[entry->transaction] : nullptr;
  const MessageKind sent = transaction == nullptr ? MessageKind::read : transaction->sent;
  const Sharer self{node.id(), line.buffer()};
  const bool listed =
      std::find(entry->sharers.begin(), entry->sharers.end(), self) != entry->sharers.end();
  if (line.state == LineState::dirty) {
    holds(listed && entry->sharers.size() == 1 && entry->state != DirectoryState::shared &&
              !is_invalidation(sent),
          "a dirty copy that is not the only one for its home");
    return;
  }
  const bool being_listed = sent == MessageKind::read_forward &&
                            transaction->request.from == node.id() &&
                            transaction->request.message.buffer == line.buffer();
  holds(listed || being_listed, "a copy that is unknown to its home");
  holds(entry->state != DirectoryState::dirty && sent != MessageKind::write_forward &&
            sent != MessageKind::fetch_and_invalidate,
        "a shared copy of a block that is dirty for its home");
  holds(entry->state == DirectoryState::to_shared ||
            line.version == home.memory().version(line.block),
        "a stale copy");
}

void Invariants::check_transient(Where node, const Line& line) const {
  const auto holds = [&](bool condition, const char* what) {
    require(condition, what, node, line.block);
  };
  holds(!line.is_linked(), "a line that may be evicted in transition");
  if (line.state == LineState::to_invalid) {
    std::uint32_t reasons = 0;
    node.transactions().for_each([&](const Transaction& t) {
      reasons += t.role == Transaction::Role::write_back && t.block == line.block ? 1 : 0;
    });
    node.shipments().for_each(
        [&](const Shipment& s) { reasons += s.buffer == line.buffer() ? 1 : 0; });
    holds(reasons == 1, "a line that leaves, but neither written back nor shipped, or both");
    return;
  }
  const Transaction& transaction = node.transactions()[line.transaction];
  holds(node.transactions().is_in_use(line.transaction) &&
            transaction.role == Transaction::Role::requester && transaction.block == line.block &&
            (transaction.sent == MessageKind::read) == (line.state == LineState::to_shared),
        "a line in transition without a transaction");
  holds(!line.lost || line.locks.empty(), "a locked copy that was given up");
}

void Invariants::check_locks(Where node, const Line& line) const {
  const auto holds = [&](bool condition, const char* what) {
    require(condition, what, node, line.block);
  };
  if (line.locks.empty()) {
    return;
  }
  const bool exclusive = line.locks.exclusive();
  holds(!exclusive || line.state == LineState::dirty, "locked for writing, but not dirty");
  holds(line.state != LineState::to_shared && line.state != LineState::to_invalid,
        "locked, but on its way in or out");
  for (const auto& other : system_.nodes) {
    const DirectoryEntry* const entry = other->directory().find(line.block);
    const Line* const copy = other.get() == &node ? nullptr : other->cache().find(line.block);
    const auto excludes = [&](const LockTable& locks) {
      return !locks.empty() && (exclusive || locks.exclusive());
    };
    holds((entry == nullptr || !excludes(entry->locks)) &&
              (copy == nullptr || !excludes(copy->locks)),
          "locks on two servers that exclude each other, one");
  }
}

// ---- transactions

void Invariants::check_transaction(Where node, const Transaction& transaction) const {
  const auto holds = [&](bool condition, const char* what) {
    require(condition, what, node, transaction.block);
  };
  const Line* const line = node.cache().find(transaction.block);
  switch (transaction.role) {
    case Transaction::Role::requester:
      holds(line != nullptr && line->transaction == transaction.slot &&
                (line->state == LineState::to_shared || line->state == LineState::to_dirty),
            "a request without a line");
      break;
    case Transaction::Role::write_back:
      holds(line != nullptr && line->state == LineState::to_invalid, "written back without a line");
      break;
    case Transaction::Role::home:
    case Transaction::Role::forward: {
      const DirectoryEntry* const entry = node.directory().find(transaction.block);
      holds(
          entry != nullptr && is_transient(entry->state) && entry->transaction == transaction.slot,
          "a transaction, but no transition");
      break;
    }
    case Transaction::Role::allocation:
      break;
  }
  if (!sees_messages_) {
    return;
  }
  if (transaction.role == Transaction::Role::requester) {
    check_requester(node, transaction);
  } else {
    check_answers(node, transaction);
  }
}

/// A server that has asked a home for a block waits for one thing, or, when the block is handed
/// over to it, for two: the data and the home's word.
void Invariants::check_requester(Where node, const Transaction& transaction) const {
  const auto own = [&](const Underway& u) { return u.message.id == transaction.slot; };
  const auto to_us = [&](const Underway& u) { return u.to == node.id() && own(u); };
  const std::uint32_t requests = count([&](const Underway& u) {
    return u.from == node.id() && own(u) && is_request(u.message.kind);
  });
  const std::uint32_t forwarded = count([&](const Underway& u) {
    return is_forward(u.message.kind) && u.message.requester == node.id() &&
           u.message.requester_id == transaction.slot;
  });
  const NodeId home = transaction.block.home();
  const std::uint32_t data = count([&](const Underway& u) {
    const bool refusal = replies(u.message.kind) && u.from != home;
    return to_us(u) && (u.message.kind == MessageKind::data_reply || refusal);
  });
  const std::uint32_t answers = count(
      [&](const Underway& u) { return to_us(u) && replies(u.message.kind) && u.from == home; });
  const std::uint32_t words = count(
      [&](const Underway& u) { return to_us(u) && u.message.kind == MessageKind::ownership_ack; });
  std::uint32_t invalidating = 0;
  std::uint32_t handing_over = 0;
  this->node(home).transactions().for_each([&](const Transaction& t) {
    const bool ours = t.role == Transaction::Role::forward && t.request.from == node.id() &&
                      t.request.message.id == transaction.slot;
    invalidating += ours && t.sent == MessageKind::invalidate_forward ? 1 : 0;
    handing_over += ours && t.sent == MessageKind::write_forward ? 1 : 0;
  });
  const std::uint32_t whole = requests + invalidating + answers;
  const std::uint32_t first_half = forwarded + data + (transaction.data_arrived ? 1 : 0);
  const std::uint32_t second_half = handing_over + words + (transaction.home_agreed ? 1 : 0);
  const bool reads = transaction.sent == MessageKind::read;
  const bool waits = reads        ? whole + first_half == 1 && second_half == 0
                     : whole == 1 ? first_half == 0 && second_half == 0
                                  : whole == 0 && first_half == 1 && second_half == 1;
  require(waits, "the answer to a request has got lost, or is given twice,", node,
          transaction.block);
}

/// Everything that is still unanswered is under way, either as an order or as its answer.
void Invariants::check_answers(Where node, const Transaction& transaction) const {
  const bool home = at_home(transaction);
  const std::uint32_t found = count([&](const Underway& u) {
    const Message& message = u.message;
    if (message.id != transaction.slot) {
      return false;
    }
    const bool asked = u.from == node.id();
    const bool told = u.to == node.id();
    switch (transaction.role) {
      case Transaction::Role::write_back:
        return (asked && message.kind == MessageKind::write_back) ||
               (told && message.kind == MessageKind::write_back_ack);
      case Transaction::Role::allocation:
        return (asked && message.kind == MessageKind::malloc) ||
               (told && message.kind == MessageKind::malloc_reply);
      case Transaction::Role::home:
      case Transaction::Role::forward:
        return (asked && is_order(message.kind)) || (told && answers_home(message));
      case Transaction::Role::requester:
        break;  // check_request
    }
    return false;
  });
  require(found == (home ? transaction.unanswered : 1),
          "an order or an answer has got lost, or is given twice,", node, transaction.block);
}

// ---- queues, messages, threads

void Invariants::check_queue(Where node, const BlockQueue& queue) const {
  bool held_up = false;
  if (queue.block.home() == node.id()) {
    const DirectoryEntry* const entry = node.directory().find(queue.block);
    held_up = entry != nullptr && (is_transient(entry->state) || !entry->locks.empty());
  } else {
    const Line* const line = node.cache().find(queue.block);
    held_up = line != nullptr && (!line->locks.empty() || (line->state != LineState::shared &&
                                                           line->state != LineState::dirty));
  }
  require(held_up, "something waits at an idle block", node, queue.block);
}

void Invariants::check_message(const Underway& underway) const {
  const Message& message = underway.message;
  const Node& target = node(underway.to);
  if (message.kind == MessageKind::grant_data || message.kind == MessageKind::data_reply) {
    const Line* const line = target.cache().find(message.block);
    require(line != nullptr && line->buffer() == message.buffer &&
                (line->state == LineState::to_shared || line->state == LineState::to_dirty),
            "data is sent to a line that does not wait for it", target, message.block);
  } else if (is_request(message.kind)) {
    const DirectoryEntry* const entry = target.directory().find(message.block);
    require(entry == nullptr || entry->state != DirectoryState::dirty || entry->sharers.empty() ||
                entry->owner().server != underway.from,
            "its owner asks for it", target, message.block);
  }
}

void Invariants::check_threads() const {
  struct Count {
    std::uint32_t waited_for = 0;
    std::uint32_t asynchronous = 0;
  };
  boost::container::small_vector<Count, 16> counts(threads_.size());
  const auto add = [&](const Access& access) {
    Count& of_thread = counts[access.thread->id.index()];
    ++(access.waiting == nullptr ? of_thread.asynchronous : of_thread.waited_for);
  };
  for (const auto& node : system_.nodes) {
    node->queues().for_each([&](const BlockQueue& queue) {
      std::for_each(queue.local.begin(), queue.local.end(), add);
    });
    node->transactions().for_each([&](const Transaction& t) {
      if (t.access.thread != nullptr) {
        add(t.access);
      }
    });
  }
  for (const auto& thread : threads_) {
    if (thread == nullptr) {
      continue;
    }
    const std::string name =
        "gam: thread " + std::to_string(thread->id.value()) + " has lost count of its accesses";
    const Count& found = counts[thread->id.index()];
    if (found.asynchronous != thread->pending_writes ||
        (thread->waiting != nullptr && found.waited_for != thread->waiting->left)) {
      throw Error(ExitCode::incoherent, name);
    }
    for (const ThreadContext::Locked& locked : thread->locked) {
      for (GlobalAddress a = locked.begin; a < locked.end;
           a = a.block(system_.options.block) + system_.options.block) {
        const GlobalAddress block = a.block(system_.options.block);
        const auto offset = static_cast<std::uint32_t>((a - block).count());
        const Node& node = this->node(thread->node);
        require(node.holds_lock(block, offset), "a lock has got lost", node, block);
      }
    }
  }
}

}  // namespace dsmsim::gam
