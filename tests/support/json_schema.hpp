#pragma once
// JSON Schema (draft 7) for tests, by Python's jsonschema (json_schema.py).

#include <string>
#include <vector>

namespace test {

/// What the schema has against each instance, or "". All are JSON texts.
std::vector<std::string> schema_complaints(const std::string& schema,
                                           const std::vector<std::string>& instances);

}  // namespace test
