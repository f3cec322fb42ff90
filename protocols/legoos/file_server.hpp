#pragma once
// A memory server's part in files: programs reach them through it, and the buffer cache is there
// (managers/memory/pgcache; without the cache, fs/).

#include "protocols/legoos/page_store.hpp"
#include "protocols/legoos/station.hpp"
#include "protocols/legoos/storage.hpp"

namespace dsmsim::legoos {

class FileServer {
 public:
  /// Calls the storage server, and reads from `storage` what that has answered. `cache`: null, if
  /// requests go on to storage as they are. Blocks take what `pages` leave of the memory.
  FileServer(Stations& stations, Station& station, const Storage* storage, BufferCache* cache,
             const PageStore& pages);

  /// FILE_READ, FILE_WRITE, FILE_SYNC.
  Task<> serve(Worker& worker);
  void fingerprint(Fingerprint& into) const;

 private:
  Task<std::uint64_t> access_cached(Worker& worker);
  Task<std::uint64_t> access_storage(Worker& worker);
  Task<> obtain(Worker& worker, const BlockPart& part, bool writes);
  Task<> make_room(Worker& worker, BlockId victim);
  Task<> bring(Worker& worker, const BlockPart& part, bool writes);
  Task<> write_back(Worker& worker, BlockId block);
  Task<> sync(Worker& worker, FileId file);
  Task<> wait_for_block(Worker& worker);
  void wake_waiting();
  bool is_usable(BlockId id) const;

  const System& system_;
  const Servers& servers_;
  Station& station_;
  const Storage* storage_;
  BufferCache* cache_;
  const PageStore& pages_;
  struct BlockWait {
    Worker* worker;
    std::coroutine_handle<> handle;
  };
  std::vector<BlockWait> waits_;  ///< for blocks that others use
};

}  // namespace dsmsim::legoos
