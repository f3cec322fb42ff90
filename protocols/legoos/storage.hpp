#pragma once
// The storage server ("sComponent") as far as replication needs it: one thread that appends logs to
// the process' file, and reads it back (managers/storage/replica.c:178).
//
// The file grows by every log; of each page it is the last entry that counts. What a log or an
// answer of this server contains is known from whose it is, so messages say only how much.

#include <map>

#include "protocols/legoos/system.hpp"

namespace dsmsim::legoos {

class Storage : private Service {
 public:
  Storage(System& system, NodeId server);

  Station& station() const { return *station_; }
  NodeId server() const { return station_->server(); }
  std::uint64_t entries() const { return entries_; }
  /// The last stored contents of every page.
  const std::map<PageNumber, std::uint64_t>& file() const { return file_; }
  void fingerprint(Fingerprint& into) const;

 private:
  Task<> serve(Worker& worker) override;

  System& system_;
  std::map<PageNumber, std::uint64_t> file_;
  std::uint64_t entries_ = 0;
  std::unique_ptr<Station> station_;
};

}  // namespace dsmsim::legoos
