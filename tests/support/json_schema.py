"""Hold JSON texts against a JSON Schema (draft 7).

Standard input is one object: "schema", and "instances", a list of texts. Prints a list of texts as
JSON: what the schema has against each instance, or "".
"""

import json
import sys

import jsonschema


def main() -> None:
    given = json.load(sys.stdin)
    jsonschema.Draft7Validator.check_schema(given["schema"])
    validator = jsonschema.Draft7Validator(given["schema"])
    instances = [json.loads(text) for text in given["instances"]]
    print(json.dumps(["\n".join(f"{error.json_path}: {error.message}"
                                for error in validator.iter_errors(instance))
                      for instance in instances]))


if __name__ == "__main__":
    main()
