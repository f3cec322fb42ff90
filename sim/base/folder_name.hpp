#pragma once
// Names that become folders: of experiments, runs and pictures. Results go where they are told, and
// nowhere else.

#include <cstddef>
#include <string>
#include <string_view>

namespace dsmsim {

inline constexpr std::size_t kLongestFolderName = 200;  ///< bytes; file systems allow 255

/// No control character, none of ASCII's and none of UTF-8's: it could steer a terminal.
bool is_printable(std::string_view text);

/// Whether it is one component of a path, seen by `ls`, and no option to it. "" is: it stands for a
/// name that is left out.
bool is_folder_name(std::string_view name);

/// What is_folder_name asks for, for messages: "is the name of a folder: ...".
std::string folder_name_rule();

}  // namespace dsmsim
