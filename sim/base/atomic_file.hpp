#pragma once
// Results appear whole or not at all: a file or folder is written under a temporary name beside its
// target and renamed when it is complete. Destroying one that was not committed (an exception, or
// the unwinding after Ctrl-C) removes everything that it made, missing parent folders included.
//
// Failures throw dsmsim::Error (exit code 2) with the path and the system's reason. This protects
// from a failing process, not from a failing machine: nothing is flushed to the disk.

#include <string>
#include <string_view>
#include <vector>

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

/// A folder that takes its place on commit(). An existing folder is replaced only when it is empty
/// or has a file called `marker` in it, the sign that an earlier run wrote it; anything else that
/// stands there is refused, already by the constructor.
class AtomicFolder : public StagedPath {
 public:
  AtomicFolder(const std::string& target, std::string marker);
  void commit();

 private:
  std::string marker_;
};

/// Writes a whole file at once.
void write_file(const std::string& path, std::string_view text);

}  // namespace dsmsim
