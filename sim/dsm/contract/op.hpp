#pragma once
// One operation of a thread, from the program that asks to the engine that answers. It is made by
// the function of its kind, which takes what the kind needs; what only some kinds have is read by
// accessors that belong to them.

#include "sim/base/expects.hpp"
#include "sim/dsm/contract/op_kind.hpp"

namespace dsmsim {

/// A live reference of one thread, as the engine that gave it numbers it.
using BorrowId = Id<struct BorrowTag, std::uint32_t>;

/// See channels.hpp.
using ChannelId = Id<struct ChannelTag, std::uint32_t>;

class Op {
 public:
  OpKind kind;
  ObjectId object = {};
  Bytes offset = {};
  Bytes length = {};
  BorrowId borrow = {};
  NodeId node = {};
  ChannelId channel = {};
  FileId file = {};
  std::uint64_t result = 0;

  /// `guarded`: the object is the content of a mutex and is accessed under its lock only.
  static constexpr Op allocate(ObjectId object, Bytes size, NodeId wanted = {},
                               bool guarded = false) {
    return of_new(object, size, wanted, guarded ? kGuarded : kOwned);
  }
  /// Unsafe code reads and writes the object where it lies, without borrows; what is read while it
  /// is written is the program's business.
  static constexpr Op allocate_raw(ObjectId object, Bytes size, NodeId wanted = {}) {
    return of_new(object, size, wanted, kRaw);
  }
  static constexpr Op release(ObjectId object) { return {OpKind::release, object}; }
  static constexpr Op read(ObjectId object, Bytes offset, Bytes length, BorrowId through = {}) {
    Op op(OpKind::read, object, offset, length);
    op.borrow = through;
    return op;
  }
  static constexpr Op write(ObjectId object, Bytes offset, Bytes length, BorrowId through = {}) {
    Op op(OpKind::write, object, offset, length);
    op.borrow = through;
    return op;
  }
  static constexpr Op borrow_shared(ObjectId object) { return {OpKind::borrow, object}; }
  /// All of the object without a length.
  static constexpr Op borrow_mut(ObjectId object, Bytes offset = {}, Bytes length = {}) {
    return {OpKind::borrow_mut, object, offset, length};
  }
  static constexpr Op give_back(ObjectId object, BorrowId borrow) {
    Op op(OpKind::give_back, object);
    op.borrow = borrow;
    return op;
  }
  static constexpr Op transfer(ObjectId object, NodeId to) {
    Op op(OpKind::transfer, object);
    op.node = to;
    return op;
  }
  static constexpr Op tie(ObjectId object, ObjectId owner) {
    Op op(OpKind::tie, object);
    op.operand_ = owner.value();
    return op;
  }
  static constexpr Op tie_to_stack(ObjectId object) { return tie(object, ObjectId()); }
  /// Of bytes [offset, offset + length), for engines that lock ranges.
  static constexpr Op lock(ObjectId object, Bytes length, Bytes offset = {}) {
    return {OpKind::lock, object, offset, length};
  }
  static constexpr Op rlock(ObjectId object, Bytes length, Bytes offset = {}) {
    return {OpKind::rlock, object, offset, length};
  }
  static constexpr Op try_lock(ObjectId object, Bytes length, Bytes offset = {}) {
    return {OpKind::try_lock, object, offset, length};
  }
  static constexpr Op try_rlock(ObjectId object, Bytes length, Bytes offset = {}) {
    return {OpKind::try_rlock, object, offset, length};
  }
  static constexpr Op unlock(ObjectId object, Bytes length, Bytes offset = {}) {
    return {OpKind::unlock, object, offset, length};
  }
  static constexpr Op atomic_add(ObjectId object, Bytes offset, std::uint64_t added) {
    Op op(OpKind::atomic_add, object, offset, Bytes(8));
    op.operand_ = added;
    return op;
  }
  static constexpr Op atomic_cas(ObjectId object, Bytes offset, std::uint64_t expected,
                                 std::uint64_t desired) {
    Op op(OpKind::atomic_cas, object, offset, Bytes(8));
    op.operand_ = desired;
    op.second_ = expected;
    return op;
  }
  static constexpr Op fence() { return {OpKind::fence}; }
  static constexpr Op file_read(FileId file, Bytes offset, Bytes length) {
    return of_file(OpKind::file_read, file, offset, length);
  }
  static constexpr Op file_write(FileId file, Bytes offset, Bytes length) {
    return of_file(OpKind::file_write, file, offset, length);
  }
  static constexpr Op file_sync(FileId file) {
    return of_file(OpKind::file_sync, file, Bytes(), Bytes());
  }
  static constexpr Op write_ef(ObjectId object, Bytes offset, std::uint64_t put) {
    return of_word(OpKind::write_ef, object, offset, put);
  }
  static constexpr Op write_xf(ObjectId object, Bytes offset, std::uint64_t put) {
    return of_word(OpKind::write_xf, object, offset, put);
  }
  static constexpr Op read_fe(ObjectId object, Bytes offset) {
    return of_word(OpKind::read_fe, object, offset, 0);
  }
  static constexpr Op read_ff(ObjectId object, Bytes offset) {
    return of_word(OpKind::read_ff, object, offset, 0);
  }
  static constexpr Op call_read(ObjectId object, Bytes offset, Bytes length, Duration work) {
    return of_call(OpKind::call_read, object, offset, length, work);
  }
  static constexpr Op call_write(ObjectId object, Bytes offset, Bytes length, Duration work) {
    return of_call(OpKind::call_write, object, offset, length, work);
  }
  /// `parcel` as Channels packs it; 0: without Boxes.
  static constexpr Op send(ChannelId channel, Bytes length, std::uint64_t content,
                           std::uint64_t parcel = 0) {
    Op op(OpKind::send, ObjectId(), Bytes(), length);
    op.channel = channel;
    op.operand_ = content;
    op.second_ = parcel;
    return op;
  }
  static constexpr Op receive(ChannelId channel, bool boxes = false) {
    Op op(OpKind::receive);
    op.channel = channel;
    op.operand_ = boxes ? 1 : 0;
    return op;
  }
  static constexpr Op start(std::uint64_t launch) {
    Op op(OpKind::start);
    op.operand_ = launch;
    return op;
  }
  static constexpr Op join(ThreadId thread) {
    Op op(OpKind::join);
    op.operand_ = thread.value();
    return op;
  }
  static constexpr Op end_phase() { return {OpKind::end_phase}; }

  /// Of a kind that needs nothing else, where the kind is a matter of data.
  static constexpr Op on(OpKind kind, ObjectId object, Bytes offset, Bytes length) {
    return {kind, object, offset, length};
  }

  constexpr bool guarded() const { return discipline() == kGuarded; }
  constexpr bool raw() const { return discipline() == kRaw; }
  /// What an engine sends along to wherever the data are: the token of what has one, what an atomic
  /// adds or stores, what is put into a word; 0 of locks and releases.
  constexpr std::uint64_t operand() const { return operand_; }
  /// The witness's name of what it reads or writes (witness.hpp).
  constexpr std::uint64_t token() const {
    expects(takes_token(kind), "what has a token takes one");
    return operand_;
  }
  constexpr void set_token(std::uint64_t token) {
    expects(takes_token(kind), "what gets a token takes one");
    operand_ = token;
  }
  /// What atomic_cas compares the word with; 0 of all others.
  constexpr std::uint64_t expected() const { return kind == OpKind::atomic_cas ? second_ : 0; }
  /// CPU time of a critical section that goes to the data.
  constexpr Duration work() const {
    expects(is_call(kind), "what works at the data is a call");
    return Duration::picoseconds(static_cast<std::int64_t>(second_));
  }
  /// Of a tie; invalid: it is tied to the thread's stack.
  constexpr ObjectId owner() const {
    expects(kind == OpKind::tie, "what has an owner is a tie");
    return ObjectId(operand_);
  }
  constexpr std::uint64_t content() const {
    expects(kind == OpKind::send, "what has a content is sent");
    return operand_;
  }
  constexpr std::uint64_t parcel() const {
    expects(is_channel(kind), "what has a parcel goes through a channel");
    return second_;
  }
  constexpr void set_parcel(std::uint64_t parcel) {
    expects(kind == OpKind::receive, "who gets a parcel receives");
    second_ = parcel;
  }
  constexpr bool takes_boxes() const {
    expects(kind == OpKind::receive, "who takes Boxes receives");
    return operand_ != 0;
  }
  constexpr std::uint64_t launch() const {
    expects(kind == OpKind::start, "what is launched starts");
    return operand_;
  }
  constexpr ThreadId joined() const {
    expects(kind == OpKind::join, "who is joined is waited for");
    return ThreadId(static_cast<ThreadId::Value>(operand_));
  }

 private:
  /// What keeps the threads apart that use the object.
  static constexpr std::uint64_t kOwned = 0;
  static constexpr std::uint64_t kGuarded = 1;
  static constexpr std::uint64_t kRaw = 2;

  constexpr Op(OpKind k, ObjectId o = {}, Bytes from = {}, Bytes bytes = {})
      : kind(k), object(o), offset(from), length(bytes) {}
  static constexpr Op of_new(ObjectId object, Bytes size, NodeId wanted, std::uint64_t discipline) {
    Op op(OpKind::allocate, object, Bytes(), size);
    op.node = wanted;
    op.second_ = discipline;
    return op;
  }
  constexpr std::uint64_t discipline() const {
    expects(kind == OpKind::allocate, "how it will be used is said of what is allocated");
    return second_;
  }
  static constexpr Op of_file(OpKind kind, FileId file, Bytes offset, Bytes length) {
    Op op(kind, ObjectId(), offset, length);
    op.file = file;
    return op;
  }
  static constexpr Op of_call(OpKind kind, ObjectId object, Bytes offset, Bytes length,
                              Duration work) {
    Op op(kind, object, offset, length);
    op.second_ = static_cast<std::uint64_t>(work.ps());
    return op;
  }
  static constexpr Op of_word(OpKind kind, ObjectId object, Bytes offset, std::uint64_t put) {
    Op op(kind, object, offset);
    op.operand_ = put;
    return op;
  }

  std::uint64_t operand_ = 0;
  std::uint64_t second_ = 0;
};

/// What atomic_add and atomic_cas do to their word, under every engine; gives the old value.
constexpr std::uint64_t apply_atomic(OpKind kind, std::uint64_t& word, std::uint64_t operand,
                                     std::uint64_t expected) {
  const std::uint64_t old = word;
  if (kind == OpKind::atomic_add) {
    word += operand;
  } else if (word == expected) {
    word = operand;
  }
  return old;
}

/// For what the data that the operation moves are counted (docs/metrics.md): nothing if it asks for
/// no bytes itself.
Cause cause_of(const Op& op);

}  // namespace dsmsim
