#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/base/error.hpp"
#include "tests/support/scratch.hpp"

namespace dsmsim::fuzz {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_clear(const std::string& line) {
  return !line.empty() && std::none_of(line.begin(), line.end(), is_control);
}

}  // namespace

std::string input_file(const std::string& name, std::string_view content) {
  static const Scratch scratch;
  return (scratch.path() / scratch.file(name, std::string(content))).string();
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
