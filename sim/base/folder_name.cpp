#include "sim/base/folder_name.hpp"

namespace dsmsim {

bool is_printable(std::string_view text) {
  const auto controls = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  bool after_c2 = false;  // U+0080 to U+009F are C2 80 to C2 9F
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (controls(c) || (after_c2 && byte < 0xa0)) {
      return false;
    }
    after_c2 = byte == 0xc2;
  }
  return true;
}

bool is_folder_name(std::string_view name) {
  constexpr std::string_view not_first = ".- ";  // hidden, an option, nothing to be seen
  const bool starts_badly = !name.empty() && not_first.find(name.front()) != std::string_view::npos;
  return name.size() <= kLongestFolderName && !starts_badly && !name.ends_with(' ') &&
         name.find('/') == std::string_view::npos && is_printable(name);
}

std::string folder_name_rule() {
  return "is the name of a folder: no \"/\", no control character, no \".\", \"-\" or space at its "
         "start, no space at its end, at most " +
         std::to_string(kLongestFolderName) + " bytes";
}

}  // namespace dsmsim
