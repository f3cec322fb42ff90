#pragma once
// What reading a program's options complains about.

#include <string>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::test {

/// "": nothing. `name` stands for the file.
template <class Options>
std::string complaint_of(const std::string& text, const std::string& name) {
  try {
    config::Document document = config::parse(text, name);
    config::read<Options>(document);
    return "";
  } catch (const InputErrors& errors) {
    return errors.what();
  }
}

}  // namespace dsmsim::test
