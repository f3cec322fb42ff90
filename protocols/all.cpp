#include "protocols/all.hpp"

#include "protocols/drust/row.hpp"
#include "protocols/gam/row.hpp"
#include "protocols/grappa/row.hpp"
#include "protocols/ivy/row.hpp"
#include "protocols/kona/row.hpp"
#include "protocols/legoos/row.hpp"
#include "protocols/local/row.hpp"
#include "protocols/nocache/row.hpp"
#include "protocols/swap/row.hpp"

namespace dsmsim {

std::vector<ProtocolRow> all_protocols() {
  return {drust_row(),  gam_row(),   grappa_row(),  ivy_row(), kona_row(),
          legoos_row(), local_row(), nocache_row(), swap_row()};
}

}  // namespace dsmsim
