#pragma once
// What nearly every test includes, precompiled once. What nlohmann's JSON instantiates is compiled
// in json.cpp, once for all tests.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

extern template class nlohmann::basic_json<>;
extern template class nlohmann::basic_json<nlohmann::ordered_map>;
