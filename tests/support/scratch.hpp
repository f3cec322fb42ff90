#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// An empty folder that goes away with the test.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Makes a file there; returns its name.
  std::string file(const std::string& name, const std::string& content) const;
  std::string read(const std::filesystem::path& name) const;
  /// Files below `folder`, relative to it, sorted.
  std::vector<std::string> files(const std::filesystem::path& folder = "") const;

 private:
  std::filesystem::path path_;
};
