#include "sim/base/folder_name.hpp"

#include <catch2/catch.hpp>

using namespace dsmsim;

TEST_CASE("A folder's name is one component of a path without control characters") {
  for (const char* const name : {"", "demo", "drust, 4 servers", "größe", "a-", "x."}) {
    CHECK(is_folder_name(name));
  }
  for (const std::string& name :
       {std::string("."), std::string(".."), std::string("../x"), std::string("/x"),
        std::string("a/b"), std::string("a\nb"), std::string(".hidden"), std::string("-x"),
        std::string(" "), std::string("x "), std::string("\0x", 2), std::string("\x7f"),
        std::string("\xc2\x9b"), std::string(201, 'x')}) {
    CHECK_FALSE(is_folder_name(name));
  }
}
