#pragma once
// Which dsmsim this is: the release, and the commit that it was built from. Both stand in every
// result.

#include <string>

namespace dsmsim {

/// "0.1.0"
std::string version();
/// What `git describe --always --dirty` said when this binary was built; "" outside a repository.
std::string commit();

}  // namespace dsmsim
