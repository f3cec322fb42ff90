#pragma once
// One server as a home: its part of the memory and the directory of who has copies of it. home.cpp
// is what other servers ask and answer, home_local.cpp what its own threads do to its memory.
//
// Owns directory and memory; knows nothing of the cache.

#include "protocols/gam/directory.hpp"
#include "protocols/gam/side.hpp"

namespace dsmsim::gam {

class HomeSide : private Side {
 public:
  explicit HomeSide(const Tools& tools) : Side(tools), memory_(tools.system.options.block) {}

  // home_local.cpp: for its own threads, as Node has it
  bool answers(const Access& access) const;
  Outcome attempt(const Access& access);
  Outcome start(const Access& access, Step& step);
  bool holds_lock(GlobalAddress block, std::uint32_t offset) const;
  void unlock(GlobalAddress block, std::uint32_t offset);

  // home.cpp: for other servers
  /// What is done to a block that is not in transition; what comes before its turn waits.
  using Handler = void (HomeSide::*)(const Request& request, DirectoryEntry* entry, Step& step);
  void serve(const Request& request, Handler handler, Step& step);
  void on_read(const Request& request, DirectoryEntry* entry, Step& step);
  void on_write(const Request& request, DirectoryEntry* entry, Step& step);
  void on_clean_eviction(const Request& request, DirectoryEntry* entry, Step& step);
  void on_write_back(const Request& request, DirectoryEntry* entry, Step& step);
  void on_answer(Transaction& transaction, const Request& request, Step& step);
  void on_malloc(const Request& request, Step& step);
  void on_free(const Message& message, Step& step);
  /// What contents do that are written straight to this memory.
  Effect landing(GlobalAddress block, std::uint64_t version) {
    return [this, block, version] { memory_.store(block, version); };
  }

  const Directory& directory() const { return directory_; }
  const HomeMemory& memory() const { return memory_; }
  void fingerprint(Fingerprint& into) const;

 private:
  bool memory_is_valid(const Access& read, const DirectoryEntry& entry) const;
  Outcome write_home(const Access& access);
  /// An access, if a lock or a fetch of this home has brought data that nobody has used.
  void use_brought(const Access& access);
  void forget_brought(DirectoryEntry& entry);
  void fetch(const Access& access, DirectoryEntry& entry, Step& step);
  void invalidate_all(const Access& access, DirectoryEntry& entry, Step& step);
  void end_home_access(Transaction& transaction, DirectoryEntry& entry, Step& step);

  void invalidate_others(const Request& request, DirectoryEntry& entry, Step& step);
  void forward(const Request& request, DirectoryEntry& entry, MessageKind kind, Step& step);
  bool needs_data(const Request& request, const DirectoryEntry& entry) const;
  void grant(const Request& request, DirectoryEntry& entry, bool with_data, Step& step);
  void end_forward(Transaction& transaction, DirectoryEntry& entry, Step& step);

  Directory directory_;
  HomeMemory memory_;
  std::uint64_t brought_ = 0;  // entries with data that have been brought and not used
};

}  // namespace dsmsim::gam
