#include "sim/base/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, std::string_view what, int error) {
  throw Error(fmt::format("{}: {}: {}", path, what, std::strerror(error)));
}

/// A link stays a link: what it points to is replaced. "dir/" is "dir".
std::string resolved(const std::string& target) {
  if (target.empty()) {
    throw Error("the path to write to is empty");
  }
  if (target.find('\0') != std::string::npos) {  // the system would see what stands before it
    throw Error("the path to write to holds a NUL");
  }
  std::error_code ignored;
  fs::path path = fs::path(target).lexically_normal();
  if (fs::is_symlink(path, ignored)) {
    const fs::path end = fs::weakly_canonical(path, ignored);
    path = end.empty() ? path : end;
  }
  return (path.has_filename() ? path : path.parent_path()).string();
}

/// Makes the folders above `path` that do not exist and returns them, outermost first.
std::vector<std::string> make_parents(const fs::path& path) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (fs::path at = path.parent_path(); !at.empty() && !fs::exists(at, ignored);
       at = at.parent_path()) {
    missing.push_back(at);
  }
  std::vector<std::string> made;
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    if (mkdir(at->c_str(), 0777) == 0) {
      made.push_back(at->string());
    } else if (errno != EEXIST) {
      const int error = errno;
      for (auto undo = made.rbegin(); undo != made.rend(); ++undo) {
        rmdir(undo->c_str());
      }
      fail(at->string(), "cannot make this folder", error);
    }
  }
  return made;
}

}  // namespace

StagedPath::StagedPath(const std::string& target)
    : target_(resolved(target)),
      temporary_(temporary_name(target_, 0)),
      made_parents_(make_parents(target_)) {}

StagedPath::~StagedPath() {
  if (!armed_) {
    return;
  }
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
  for (auto folder = made_parents_.rbegin(); folder != made_parents_.rend(); ++folder) {
    rmdir(folder->c_str());  // fails, rightly, when something else was put there meanwhile
  }
}

void StagedPath::rename_temporary(int attempt) { temporary_ = temporary_name(target_, attempt); }

AtomicFile::AtomicFile(const std::string& target) : StagedPath(target) {
  struct stat info {};
  const bool exists = stat(this->target().c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    fail(this->target(), "cannot be written", EISDIR);
  }
  direct_ = exists && !S_ISREG(info.st_mode);
  if (direct_) {
    descriptor_ = open(this->target().c_str(), O_WRONLY | O_CLOEXEC);
  }
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  for (int attempt = 1; !direct_ && descriptor_ < 0 && (attempt == 1 || errno == EEXIST);
       ++attempt) {
    rename_temporary(attempt);
    descriptor_ = open(temporary().c_str(), kFlags, 0666);
  }
  if (descriptor_ < 0) {
    fail(this->target(), "cannot be written", errno);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

void AtomicFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      fail(target(), "cannot be written", errno);
    }
    text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (close(descriptor) != 0) {
    fail(target(), "cannot be written", errno);
  }
  if (!direct_ && std::rename(temporary().c_str(), target().c_str()) != 0) {
    fail(target(), "cannot be replaced", errno);
  }
  disarm();
}

namespace {

/// "dsmsim-result-" of "dsmsim-result-1"
std::string without_version(const std::string& schema) {
  return schema.substr(0, schema.rfind('-') + 1);
}

bool has_marker(const fs::path& folder, const FolderMarker& marker) {
  std::error_code ignored;
  const fs::path path = folder / marker.file;
  if (!fs::is_regular_file(path, ignored)) {
    return false;
  }
  std::ifstream file(path);
  const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
  const std::string schema =
      json.is_object() && json.contains("schema") && json["schema"].is_string()
          ? json["schema"].get<std::string>()
          : "";
  return !schema.empty() && without_version(schema) == without_version(marker.schema);
}

/// The working directory would be gone for whoever stands in it, and a mount point cannot be
/// renamed.
void check_movable(const std::string& target) {
  std::error_code error;
  const fs::path canonical = fs::canonical(target, error);
  const fs::path here = fs::canonical(".", error);
  if (!error && is_within(here, canonical)) {
    throw Error(target +
                ": holds the folder in which this command runs, so it cannot be replaced; "
                "name a folder in it");
  }
  struct stat own {};
  struct stat above {};
  if (stat(canonical.c_str(), &own) == 0 && stat(canonical.parent_path().c_str(), &above) == 0 &&
      own.st_dev != above.st_dev) {
    throw Error(target + ": is a mount point, so it cannot be replaced; name a folder in it");
  }
}

/// Throws unless a folder may take the place of what stands at `target`.
void check_replaceable(const std::string& target, const FolderMarker& marker) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(target, ignored))) {
    return;
  }
  if (!fs::is_directory(target, ignored)) {
    fail(target, "cannot be replaced by a folder", EEXIST);
  }
  check_movable(target);
  if (!fs::is_empty(target, ignored) && !has_marker(target, marker)) {
    throw Error(
        fmt::format("{}: is not empty and has no {} of schema {} in it, so it is not replaced",
                    target, marker.file, marker.schema));
  }
}

/// Swaps two folders in one step, so that whoever looks sees the old one or the new one, never
/// none. File systems that cannot (EINVAL; NFS, for one) take three steps.
void exchange(const std::string& fresh, const std::string& target) {
  if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
    return;
  }
  const std::string aside = fresh + "-old";
  if ((errno != EINVAL && errno != ENOSYS) || std::rename(target.c_str(), aside.c_str()) != 0 ||
      std::rename(fresh.c_str(), target.c_str()) != 0 ||
      std::rename(aside.c_str(), fresh.c_str()) != 0) {
    fail(target, "cannot be replaced", errno);
  }
}

}  // namespace

AtomicFolder::AtomicFolder(const std::string& target, FolderMarker marker)
    : StagedPath(target), marker_(std::move(marker)) {
  check_replaceable(this->target(), marker_);
  sweep_left_overs(this->target());
  int status = -1;
  for (int attempt = 1; status != 0 && (attempt == 1 || errno == EEXIST); ++attempt) {
    rename_temporary(attempt);
    status = mkdir(temporary().c_str(), 0777);
  }
  if (status != 0) {
    fail(this->target(), "cannot be made", errno);
  }
  lock_.lock(temporary());  // where that cannot be, there is still the number of the process
}

void AtomicFolder::commit() {
  check_replaceable(target(), marker_);
  std::error_code ignored;
  const bool replaces = fs::exists(target(), ignored);
  if (replaces) {
    exchange(temporary(), target());
    fs::remove_all(temporary(), ignored);
  } else if (std::rename(temporary().c_str(), target().c_str()) != 0) {
    fail(target(), "cannot be made", errno);
  }
  disarm();
}

bool is_within(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

void check_writable(const std::string& path) { const AtomicFile file(path); }

void write_file(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace dsmsim
