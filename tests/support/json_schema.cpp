#include "tests/support/json_schema.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace {

/// A file of its own that goes with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int file = mkstemp(name_.data());
    if (file < 0) {
      throw std::runtime_error("no temporary file");
    }
    close(file);
    std::ofstream(name_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(name_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_ = std::filesystem::temp_directory_path() / "schema-XXXXXX";
};

std::string output_of(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  std::string text;
  for (int c = 0; pipe != nullptr && (c = std::fgetc(pipe)) != EOF;) {
    text += static_cast<char>(c);
  }
  if (pipe == nullptr || pclose(pipe) != 0) {
    throw std::runtime_error("failed: " + command);
  }
  return text;
}

}  // namespace

std::vector<std::string> test::schema_complaints(const std::string& schema,
                                                 const std::vector<std::string>& instances) {
  const nlohmann::json request = {{"schema", nlohmann::json::parse(schema)},
                                  {"instances", instances}};
  const TemporaryFile input(request.dump());
  const std::string script = DSMSIM_SOURCE_DIR "/tests/support/json_schema.py";
  return nlohmann::json::parse(
      output_of("/usr/bin/python3 '" + script + "' < '" + input.name() + "'"));
}
