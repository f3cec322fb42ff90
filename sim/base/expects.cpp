#include "sim/base/expects.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

namespace dsmsim {

void break_contract(const char* words, const std::source_location& where) {
  throw std::logic_error(fmt::format("{}:{}: {}",
                                     std::filesystem::path(where.file_name()).filename().string(),
                                     where.line(), words));
}

}  // namespace dsmsim
