#include "sim/experiment/version.hpp"

#include "dsmsim_version.hpp"  // written by version.cmake at every build

namespace dsmsim {

std::string version() { return DSMSIM_VERSION; }
std::string commit() { return DSMSIM_COMMIT; }

}  // namespace dsmsim
