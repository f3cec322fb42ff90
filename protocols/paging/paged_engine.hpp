#pragma once
// The base of all engines that keep memory in pages: it turns the operations of programs into
// references to pages, and answers those that hit.
//
// A reference looks into the page table of its server. If the page is there with the permission
// that it needs, the reference costs one access to local memory and no event; the written lines
// become dirty. If not, the engine's fault() brings the page, as often as it takes. With CPU caches
// (cpu_caches.hpp) only what misses them costs an access to memory, and only that is seen by
// whoever manages the pages: it renews Frame::order, and written_back() tells what comes back
// modified.
//
// What programs ask for beyond loads and stores is done in shared memory, as a program on such a
// system would do it. The word of a lock is in the object's first bytes: whoever takes or leaves
// the lock needs the page for writing. Who finds it taken joins a queue, which is in the page, too,
// and sleeps; who leaves it hands it to the first in the queue and wakes that thread (wake()). The
// woken thread takes its page again. This is the eventcount of IVY (Li and Hudak, TOCS 7(4), 1989),
// whose queue is in a page and whose sleepers on other servers are woken by a message, with the
// order of a queue lock (Mellor-Crummey and Scott, TOCS 9(1), 1991). An atomic is an instruction on
// a page for writing. Borrows and transfers mean nothing here. A fence costs nothing: every
// reference has taken effect when it ends.
//
// What atomics count and who holds a lock is kept beside the pages' contents; the engine's promise
// that only one server may write a page is what makes that right, and check_always() looks at it.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocols/paging/heap.hpp"
#include "protocols/paging/page_map.hpp"
#include "protocols/paging/program_locks.hpp"
#include "protocols/paging/server_caches.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/dsm/contract/inspection.hpp"

namespace dsmsim::paging {

/// How references and their costs look to the engine.
struct Referencing {
  PageShape shape;
  bool recency = false;        ///< a hit in memory renews Frame::order, for LRU
  Duration local_atomic;       ///< CPU time of an atomic instruction, beyond the memory access
  Duration farther;            ///< what the memory of a frame is slower than the server's DRAM
  bool words_dirty = false;    ///< words of locks and atomics, too, make their pages dirty
  bool names_by_line = false;  ///< contents have names line by line; else a page has one
  std::optional<CpuCacheOptions> cpu_caches = {};  ///< none: every reference goes to memory
};

class PagedEngine : public Engine, protected Inspection {
 public:
  MaybeDuration try_local(Thread& thread, Op& op) final;
  Task<> perform(Thread& thread, Op& op) final;
  std::size_t try_run(Thread& thread, std::span<const PlainAccess> accesses, HitRun& result) final;
  void describe_waits(WaitForGraph& graph) const override { locks_.describe_waits(graph); }
  const Inspection* inspection() const override { return this; }

  const PageShape& shape() const { return referencing_.shape; }
  /// What the server can reach without a fault, or null.
  const Frame* mapped(NodeId server, PageNumber page) const {
    return tables_[server.index()].find(page);
  }
  /// Where an object is. It must be allocated.
  VirtualAddress address_of(ObjectId object) const { return objects_[object.index()].address; }

 protected:
  /// `name` is for messages to people.
  PagedEngine(EngineContext context, std::string name, Referencing referencing);

  // What an engine does.

  /// Brings the page to the thread's server with at least that permission. When it ends, it should
  /// be there; whoever lost it again at the same moment faults again. Charges the thread's tally up
  /// to the time at which it ends, and tells Frame::data what has come.
  virtual Task<> fault(Thread& thread, PageNumber page, Permission wanted) = 0;
  /// Finds room for the object and calls place(), or reject(). Charges all of its time.
  virtual Task<> allocate(Thread& thread, Op& op) = 0;
  /// The object is given back; its pages stay what they are. Charges all of its time.
  virtual Task<> release(Thread& thread, Op& op, VirtualAddress address, Bytes size) = 0;

  /// An operation that the engine offers beyond those of memory (Engine::offers). Charges all of
  /// its time.
  virtual Task<> extra(Thread& thread, Op& op);
  /// Whether these bytes of a partial frame are there.
  virtual bool has_come(const Frame& /*frame*/, Bytes /*offset*/, Bytes /*length*/) const {
    return true;
  }
  /// The lock for which `sleeper` waits is its own from now on: wakes it, by a thread of `from`
  /// that has spent `spent` since it left the lock. Gives the CPU time that this takes, which comes
  /// after that. Threads of the same server are woken in no time.
  virtual Duration wake(NodeId from, Thread& sleeper, std::coroutine_handle<> waiter,
                        Duration spent);
  /// A line that was modified in a CPU cache has come back to memory, at this address.
  virtual void written_back(NodeId /*server*/, VirtualAddress /*line*/) {}

  // What it uses.

  void place(ObjectId object, VirtualAddress address);
  Frame* find(NodeId server, PageNumber page) { return tables_[server.index()].find(page); }
  /// The page is in that frame from now on.
  void map(NodeId server, Frame& frame) { tables_[server.index()][frame.page] = &frame; }
  /// The page is not to be reached any more; its lines leave the CPU caches.
  void unmap(NodeId server, PageNumber page) {
    drop_lines(server, page);
    tables_[server.index()][page] = nullptr;
  }
  bool has_cpu_caches() const { return caches_.exist(); }
  /// Null: none, or nothing has been used there.
  const CpuCaches* cpu_caches(NodeId server) const { return caches_.find(server); }
  void reset_cpu_caches() { caches_.reset_counters(); }
  /// A number larger than all before.
  std::uint64_t next_order() { return ++order_; }
  /// Contents of a page that nobody has written, with no dirty lines.
  Contents blank() const { return Contents(names_); }
  DirtyLines clean() const { return DirtyLines(shape().lines()); }

  /// The page that the thread has asked for came, and was taken away before the thread could use
  /// it. In a rare coincidence that happens once; if it happens again, others starve the thread.
  void robbed(const Thread& thread) { ++progress(thread).robbed; }
  /// Where the thread is in its fault, if that is nowhere else in the engine's state: 0 at other
  /// times.
  void set_stage(const Thread& thread, std::uint8_t stage) { progress(thread).stage = stage; }
  [[noreturn]] void reject(const Thread& thread, const Op& op, const std::string& why) const;
  /// The same, as OutOfMemory.
  [[noreturn]] void out_of_memory(const Thread& thread, const Op& op, const std::string& why) const;
  Cluster& cluster() const { return context_.cluster; }
  EventQueue& queue() const { return queue_; }
  Witness* witness() const { return context_.witness; }
  /// Of a cluster with a network.
  Traffic& traffic() const { return *traffic_; }
  /// Passes CPU time of the thread.
  Task<> spend(Thread& thread, Duration time, Category category = Category::cpu);

  // Parts of Inspection, for the engine's own.

  MemoryModel claimed_model() const override { return MemoryModel::sequential; }
  /// All state of this class: what is mapped, locks, atomics, and how far operations have come.
  void fingerprint_references(Fingerprint& into) const;
  /// Adds a frame's state, but for its order.
  static void fingerprint_frame(const Frame& frame, Fingerprint& into);
  /// A page that one server may write is mapped nowhere else; frames are where the tables say; and
  /// nobody is robbed again and again.
  void check_references() const;
  /// Those live objects of which a page satisfies `lost`.
  template <class Lost>
  std::vector<ObjectId> objects_where(Lost lost) const;

 private:
  struct Placed {
    VirtualAddress address;
    Bytes size;
    bool live = false;
  };
  /// A part of an operation, within one page.
  struct Reference {
    NodeId server;
    PageNumber page;
    Bytes offset;
    Bytes length;
    Permission wanted;
  };
  /// How far the operation of a thread has come.
  struct Progress {
    std::uint64_t parts = 0;   ///< pages done
    std::uint32_t robbed = 0;  ///< times that a page came and went unused
    std::uint8_t stage = 0;    ///< of its fault, as the engine numbers them
    bool granted = false;      ///< it has the lock, and fetches its page
  };

  Placed& check(const Thread& thread, const Op& op);
  /// Its first part; an operation on no bytes has one, too.
  Reference first_part(const Thread& thread, const Op& op, const Placed& object) const;
  /// Where the lock word is.
  Reference lock_word(const Thread& thread, const Placed& object) const;
  /// The frame that the reference finds, or null.
  Frame* hit(const Reference& reference) const {
    Frame* const frame = tables_[reference.server.index()].find(reference.page);
    return frame != nullptr && frame->permission >= reference.wanted &&
                   (!frame->partial || has_come(*frame, reference.offset, reference.length))
               ? frame
               : nullptr;
  }
  /// A reference that hits takes effect.
  void refer(Frame& frame, const Reference& reference, Op& op);
  /// The part of it that no operation sees.
  void mark(Frame& frame, const Reference& reference) {
    if (referencing_.recency && !has_cpu_caches()) {
      frame.order = ++order_;
    }
    const bool writes = reference.wanted == Permission::write;
    frame.data.access(traffic_, writes ? Cause::write : Cause::read, reference.length);
    if (writes) {
      stain(frame, reference);
    }
  }
  void tell(Frame& frame, const Reference& reference, Op& op);
  /// The lines become dirty.
  void stain(Frame& frame, const Reference& reference) const {
    const Bytes last = reference.offset + std::max(reference.length, Bytes(1)) - Bytes(1);
    std::uint32_t line = shape().line_of(reference.offset);
    do {
      frame.dirty.insert(line);
    } while (++line <= shape().line_of(last));
  }
  /// Time of access to memory.
  Duration cost(Bytes length) const { return profile_.touch(length) + referencing_.farther; }
  /// Time of a reference that hits; the CPU caches see it.
  Duration touch(const Thread& thread, Frame& frame, const Reference& reference) {
    return has_cpu_caches() ? touch_caches(thread, frame, reference) : cost(reference.length);
  }
  Duration touch_caches(const Thread& thread, Frame& frame, const Reference& reference);
  void drop_lines(NodeId server, PageNumber page);

  Reference next_part(const Reference& part, const Reference& first, const Op& op) const;
  MaybeDuration try_access(Thread& thread, Op& op);
  MaybeDuration try_parts(Thread& thread, Op& op, const Reference& first);
  MaybeDuration try_lock_word(Thread& thread, Op& op);
  Task<> access(Thread& thread, Op& op);
  Task<> obtain(Thread& thread, Reference reference);
  Task<> atomic(Thread& thread, Op& op);
  Task<> lock(Thread& thread, Op& op);
  Task<> unlock(Thread& thread, Op& op);
  Duration operate(const Thread& thread, const Reference& word);
  void apply_atomic(Op& op, const Reference& reference);
  Duration leave(const Thread& thread, const Op& op, Duration spent);
  Progress& progress(const Thread& thread);
  std::string refusal(const Thread& thread, const Op& op, const std::string& why) const;

  EngineContext context_;
  std::string name_;
  EventQueue& queue_;
  Traffic* traffic_;  ///< null: in a cluster of one
  const ServerProfile& profile_;
  Referencing referencing_;
  std::uint32_t names_;  ///< of contents, a page
  std::vector<PageMap<Frame*>> tables_;
  ServerCaches caches_;
  std::vector<Placed> objects_;
  ProgramLocks locks_;
  std::map<VirtualAddress, std::uint64_t> words_;  ///< that atomics have changed
  std::vector<Progress> progress_;                 ///< by thread
  std::uint64_t order_ = 0;
  std::uint64_t last_name_ = 0;
};

template <class Lost>
std::vector<ObjectId> PagedEngine::objects_where(Lost lost) const {
  std::vector<ObjectId> found;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const Placed& object = objects_[i];
    const Bytes last = object.size > Bytes(0) ? object.size - Bytes(1) : Bytes(0);
    PageNumber page = shape().page_of(object.address);
    const PageNumber end = shape().page_of(object.address + last);
    while (object.live && page < end && !lost(page)) {
      page = PageNumber(page.value() + 1);
    }
    if (object.live && lost(page)) {
      found.emplace_back(i);
    }
  }
  return found;
}

}  // namespace dsmsim::paging
