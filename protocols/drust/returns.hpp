#pragma once
// How a mutable reference ends: its Box learns where the object is and under which colour (Ma et
// al., OSDI'24, Appendix B, Alg. 6: drop_mut).

#include "protocols/drust/borrows.hpp"
#include "protocols/drust/mover.hpp"

namespace dsmsim::drust {

class Returns {
 public:
  /// `survival` may be null.
  Returns(Runtime& runtime, Objects& objects, Heap& heap, Mover& mover, Borrows& borrows,
          Survival* survival)
      : runtime_(runtime),
        objects_(objects),
        heap_(heap),
        mover_(mover),
        borrows_(borrows),
        survival_(survival) {}

  /// drop_mut: the Box has heard when this ends, unless nobody waits for that (artifact.cpp).
  Task<> drop_mut(Thread& thread, BorrowId borrow);
  /// The Box hears of the name.
  Task<> update_owner(Thread& thread, ObjectId object, ColouredAddress home);
  /// The reference needs another colour, and there is none left: the object moves, here or to here.
  /// If there is no room for it, or it has to stay, its colours are reset. Gives its new name.
  Task<ColouredAddress> move_to_end(Thread& thread, BorrowId borrow);
  /// A call of who drops a MutRef has come to the Box.
  void handle_update(const Delivery& message, Sender& here);

 private:
  Task<> call_update(Thread& thread, ObjectId object, ColouredAddress home);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Mover& mover_;
  Borrows& borrows_;
  Survival* survival_;
};

}  // namespace dsmsim::drust
