#pragma once
// What the fuzz targets share. A target is one file `<what>_fuzz.cpp` with the function that
// libFuzzer calls for every input (README.md); anything that escapes from it, and any report of a
// sanitizer, is a finding.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace dsmsim::fuzz {

/// The input as the content of a file, in a folder that goes away with the process; every call
/// writes the file of that name anew. Returns its path.
std::string input_file(const std::string& name, std::string_view content);

/// Calls `read`, which may refuse its input: true if it did. The refusal must be clear (exit code
/// 2, lines of text without control characters), or it is a finding itself.
bool is_refused(const std::function<void()>& read);

/// A finding unless `holds`.
void expect(bool holds, const std::string& what);

}  // namespace dsmsim::fuzz
