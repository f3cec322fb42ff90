#pragma once
// References: made at no cost, ended with what they have done (OSDI'24, Appendix B: Alg. 4 and 6;
// making one from the Box resets its U bit, B.4). Functions that begin with try_ answer as
// Engine::try_local does.

#include "protocols/drust/access.hpp"

namespace dsmsim::drust {

class Lending {
 public:
  /// `survival` may be null.
  Lending(Runtime& runtime, Objects& objects, Mutexes& mutexes, Borrows& borrows, Access& access,
          Parts& parts, Returns& returns, Survival* survival)
      : runtime_(runtime),
        objects_(objects),
        mutexes_(mutexes),
        borrows_(borrows),
        access_(access),
        parts_(parts),
        returns_(returns),
        survival_(survival) {}

  MaybeDuration try_borrow(Thread& thread, Op& op, ObjectState& object);
  MaybeDuration try_give_back(Thread& thread, Op& op, ObjectState& object);
  Task<> borrow(Thread& thread, Op& op);
  Task<> give_back(Thread& thread, Op& op);

 private:
  /// In artifact.cpp.
  bool moves_first(const Thread& thread, const ObjectState& object) const;

  Runtime& runtime_;
  Objects& objects_;
  Mutexes& mutexes_;
  Borrows& borrows_;
  Access& access_;
  Parts& parts_;
  Returns& returns_;
  Survival* survival_;
};

}  // namespace dsmsim::drust
