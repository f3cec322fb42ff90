#pragma once
// Temporary files and folders that stand beside what they will become, and what is left of those
// whose process was killed: the next one that writes there removes them.
//
// A process holds a lock (flock) on its temporary folder. What has the name of a temporary, of a
// process that is not there, and is not locked (processes on other machines share folders too), is
// left over.

#include <string>

namespace dsmsim {

/// ".NAME.dsmsim-tmp-PID-ATTEMPT" in the folder of `target`.
std::string temporary_name(const std::string& target, int attempt);

/// Removes what is left over in the folder of `target`, whatever its name was to be.
void sweep_left_overs(const std::string& target);

/// Locks a file or folder for as long as it lives.
class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  /// False if it cannot be locked, such as by another process.
  bool lock(const std::string& path);

 private:
  int descriptor_ = -1;
};

}  // namespace dsmsim
