#pragma once
// Boxes and references: who may use an object now, through which pointer, and which copy that
// pointer uses (Ma et al., OSDI'24, Appendix B: Alg. 4, 6 and 7). Making a reference costs nothing.
// Programs that Rust would reject may ask for conflicting borrows: they are served first come,
// first served.

#include "protocols/drust/memory.hpp"
#include "protocols/drust/references.hpp"
#include "protocols/drust/survival.hpp"

namespace dsmsim::drust {

class Borrows {
 public:
  /// `survival` may be null.
  Borrows(Runtime& runtime, Objects& objects, Memory& memory, Survival* survival)
      : runtime_(runtime),
        objects_(objects),
        memory_(memory),
        survival_(survival),
        table_(runtime.queue()) {}

  BorrowTable& table() { return table_; }
  const BorrowTable& table() const { return table_; }
  References& references() { return references_; }
  const References& references() const { return references_; }
  Reference& operator[](BorrowId id) { return references_[id]; }
  const Reference& operator[](BorrowId id) const { return references_[id]; }
  /// What an access goes through: the Box, if it names no reference.
  Pointer& pointer(ObjectState& object, BorrowId borrow) {
    return borrow.valid() ? references_[borrow].pointer : object.box;
  }
  Pointer& pointer(ObjectId object, BorrowId borrow) { return pointer(objects_[object], borrow); }

  /// Who writes the object through a MutRef, or null.
  const Reference* writer(ObjectId object) const;
  /// Where the object is, and under which colour: the one who writes it knows.
  ColouredAddress home(ObjectId object) const;

  /// The object that the operation is about; throws if the operation makes no sense.
  ObjectState& check(const Thread& thread, const Op& op);
  /// The reference that it is made through, likewise.
  Reference& check_reference(const Thread& thread, const Op& op);

  /// Waits until the operation may use its object, and holds it until leave(), or until it has made
  /// a reference. What has to wait here is a program that Rust would have rejected.
  Task<> admit(Thread& thread, const Op& op, BorrowMode mode);
  void leave(ThreadId thread, ObjectId object, BorrowMode mode);
  /// ref_from_owner or mut_from_owner, of an object that the operation holds.
  BorrowId make(const Thread& thread, const Op& op, BorrowMode mode);
  void end(BorrowId borrow);

  /// A Ref does not use its copy any more. Gives the CPU time that it takes.
  Duration drop_copy(NodeId server, CopyId copy);
  /// The Box does not use its copy any more.
  void drop_owner_copy(ObjectState& object);
  /// The Box's second word is needed for its U bit.
  void overwrite_owner_copy(ObjectState& object);

  void describe_waits(WaitForGraph& graph) const;
  void describe_holders(WaitForGraph& graph) const;

 private:
  void hold(ThreadId thread, ObjectId object, BorrowMode mode);
  bool borrows_part(const Op& op, const ObjectState& object) const;
  /// In artifact.cpp.
  void require_current(const Thread& thread, const Op& op) const;

  Runtime& runtime_;
  Objects& objects_;
  Memory& memory_;
  Survival* survival_;
  BorrowTable table_;
  References references_;
};

}  // namespace dsmsim::drust
