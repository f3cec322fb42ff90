#include "sim/fabric/tally.hpp"

namespace dsmsim {

std::string_view to_string(Category category) {
  return kEnumeratorNames<Category>[static_cast<std::size_t>(category)];
}

}  // namespace dsmsim
