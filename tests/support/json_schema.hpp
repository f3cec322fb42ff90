#pragma once
// JSON Schema (draft 7) for tests, by valijson. It is compiled once: its templates take 20 seconds.

#include <string>

namespace test {

/// What the schema has against the instance, one line each, or "". Both are JSON texts.
std::string schema_complaint(const std::string& schema, const std::string& instance);

}  // namespace test
