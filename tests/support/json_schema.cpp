#include "tests/support/json_schema.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/support/scratch.hpp"

namespace {

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
  const Scratch scratch;
  scratch.file("request.json", request.dump());
  const std::string input = scratch.path() / "request.json";
  const std::string script = DSMSIM_SOURCE_DIR "/tests/support/json_schema.py";
  return nlohmann::json::parse(output_of("/usr/bin/python3 '" + script + "' < '" + input + "'"));
}
