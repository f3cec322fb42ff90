#include "sim/base/left_overs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <string_view>
#include <vector>

namespace dsmsim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".dsmsim-tmp-";

/// The process that made a temporary of that name; 0 if it is none.
pid_t maker_of(std::string_view name) {
  const std::size_t at = name.rfind(kMark);
  if (!name.starts_with('.') || at == std::string_view::npos) {
    return 0;
  }
  name.remove_prefix(at + kMark.size());
  pid_t pid = 0;
  const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return bad == std::errc() && rest != name.data() + name.size() && *rest == '-' && pid > 0 ? pid
                                                                                            : 0;
}

bool is_left_over(const fs::path& path) {
  const pid_t maker = maker_of(path.filename().string());
  if (maker == 0 || kill(maker, 0) == 0 || errno != ESRCH) {
    return false;
  }
  FolderLock lock;
  return lock.lock(path.string());
}

}  // namespace

std::string temporary_name(const std::string& target, int attempt) {
  const fs::path path(target);
  return (path.parent_path() /
          fmt::format(".{}{}{}-{}", path.filename().string(), kMark, getpid(), attempt))
      .string();
}

void sweep_left_overs(const std::string& target) {
  const fs::path folder = fs::path(target).parent_path();
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, error), end;
       !error && entry != end; entry.increment(error)) {
    if (is_left_over(entry->path())) {
      found.push_back(entry->path());
    }
  }
  for (const fs::path& path : found) {
    fs::remove_all(path, error);
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

bool FolderLock::lock(const std::string& path) {
  descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  return descriptor_ >= 0 && flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace dsmsim
