#pragma once
// What most sources include of the libraries, precompiled once in unity builds (CMakeLists.txt).
// The preset debug compiles without it, so that it hides no missing include for long.

#include <fmt/format.h>

#include <algorithm>
#include <coroutine>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
