#include "tests/support/json_schema.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

std::string test::schema_complaint(const std::string& schema, const std::string& instance) {
  const nlohmann::json schema_json = nlohmann::json::parse(schema);
  const nlohmann::json content = nlohmann::json::parse(instance);
  valijson::Schema parsed;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), parsed);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(parsed, valijson::adapters::NlohmannJsonAdapter(content), &results)) {
    return "";
  }
  valijson::ValidationResults::Error error;
  std::string text;
  while (results.popError(error)) {
    text += error.description;
    for (const std::string& step : error.context) {
      text += " " + step;
    }
    text += "\n";
  }
  return text;
}
