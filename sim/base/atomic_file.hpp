#pragma once
// Results appear whole or not at all: a file or folder is written under a temporary name beside its
// target and renamed when it is complete. Destroying one that was not committed (an exception, or
// the unwinding after Ctrl-C) removes everything that it made, missing parent folders included.
//
// Failures throw dsmsim::Error (exit code 2) with the path and the system's reason. This protects
// from a failing process, not from a failing machine: nothing is flushed to the disk.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/left_overs.hpp"

namespace dsmsim {

/// The part that files and folders share: the target, its temporary name, the parents made for it.
class StagedPath {
 public:
  StagedPath(const StagedPath&) = delete;
  StagedPath& operator=(const StagedPath&) = delete;
  const std::string& target() const { return target_; }
  /// Where to write meanwhile.
  const std::string& temporary() const { return temporary_; }

 protected:
  explicit StagedPath(const std::string& target);
  ~StagedPath();
  /// Another temporary name, to try when the last one was taken.
  void rename_temporary(int attempt);
  void disarm() { armed_ = false; }

 private:
  std::string target_;
  std::string temporary_;
  std::vector<std::string> made_parents_;  ///< outermost first
  bool armed_ = true;
};

/// A file that replaces its target on commit(). A target that exists and is no regular file (a
/// pipe, /dev/null) is written directly.
class AtomicFile : public StagedPath {
 public:
  explicit AtomicFile(const std::string& target);
  ~AtomicFile();
  void write(std::string_view text);
  void commit();

 private:
  bool direct_ = false;
  int descriptor_ = -1;
};

/// The sign that an earlier run wrote a folder: a JSON file in it whose "schema" is this one, of
/// whatever version ("dsmsim-result-1").
struct FolderMarker {
  std::string file;
  std::string schema;
};

/// A folder that takes its place on commit(). An existing folder is replaced only when it is empty
/// or has the marker; anything else that stands there is refused, already by the constructor. So is
/// a folder that cannot be replaced: one that holds the working directory, or a mount point.
class AtomicFolder : public StagedPath {
 public:
  AtomicFolder(const std::string& target, FolderMarker marker);
  void commit();

 private:
  FolderMarker marker_;
  FolderLock lock_;  ///< of the temporary folder, so that nobody takes it for left over
};

/// Whether `path` is the folder or lies below it; both canonical.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Throws if a file cannot be written there: to be asked before work that would be lost.
void check_writable(const std::string& path);

/// Writes a whole file at once.
void write_file(const std::string& path, std::string_view text);

}  // namespace dsmsim
