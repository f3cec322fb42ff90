#include "tests/fuzz/fuzz.hpp"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "sim/base/error.hpp"

namespace dsmsim::fuzz {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "dsmsim-fuzz-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no temporary folder");
    }
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_clear(const std::string& line) {
  return !line.empty() && std::none_of(line.begin(), line.end(), is_control);
}

}  // namespace

std::string input_file(const std::string& name, std::string_view content) {
  static const Folder folder;
  const std::string path = (folder.path() / name).string();
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

bool is_refused(const std::function<void()>& read) {
  try {
    read();
    return false;
  } catch (const InputErrors& errors) {
    const auto& lines = errors.lines();
    expect(!lines.empty() && std::all_of(lines.begin(), lines.end(), is_clear),
           "an unclear refusal: " + std::string(errors.what()));
  } catch (const Error& error) {
    const bool refused = error.code() == ExitCode::bad_input || error.code() == ExitCode::limit;
    expect(is_clear(error.what()) && refused, "an unclear refusal: " + std::string(error.what()));
  }
  return true;
}

void expect(bool holds, const std::string& what) {
  if (!holds) {
    throw std::logic_error(what);
  }
}

}  // namespace dsmsim::fuzz
