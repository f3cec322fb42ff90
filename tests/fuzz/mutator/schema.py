"""Values by the project's own JSON Schema (`dsmsim schema`): where a document may change, into what.

Plausible values keep most mutants readable, so that they are run and not only refused; edges are what readers trip
over.
"""

import re
from collections.abc import Iterator
from random import Random
from typing import Any

Json = Any
Path = tuple[str | int, ...]

# What stands in the pattern of a quantity, and its units.
UNITS = {"us)/B": ("ps/B", "ns/B"), "bps": ("bps", "kbps", "Mbps", "Gbps", "GB/s"), "KiB|": ("B", "KiB", "MiB", "GiB"),
         "ms|s": ("ps", "ns", "us", "ms", "s")}
NUMBERS = (0, 1, 2, 3, 7, 8, 64, 255, 4096, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63,
           2**64 - 1, 2**64, -1, -2**63, 0.5, 1e-9, 1e18, 1e308, -0.0)
TEXTS = ("", " ", "x", "..", "../../x", "/", "a/b", "\0x", "\x1b[2J", "\u00fc", "\ufeff", "'", "x" * 5000, "null",
         "1", "-1", "1e999", "nan", "inf", "0s", "0B", "1 us", "1us1us", "9e99s", "{}", "[]")
STRANGE = (None, True, False, [], {}, [[]], {"": 0}, [None], {"name": None}, {"extends": "x.json"})


class Schema:
    """One kind of file."""

    def __init__(self, root: Json) -> None:
        self._root = root

    def places(self, value: Json) -> list[tuple[Path, Json]]:
        """The paths of all that the document says or could say, with the schema of each."""
        return list(self._places(self._root, value, ()))

    def plausible(self, schema: Json, random: Random, depth: int = 0) -> Json:
        """A value that the schema allows, mostly a small one."""
        schema = self._resolved(schema, random)
        for key in ("const", "default"):
            if key in schema and (key == "const" or random.random() < 0.3):
                return schema[key]
        if "enum" in schema:
            return random.choice(schema["enum"])
        if "properties" in schema or schema.get("type") == "object":
            return self._plausible_object(schema, random, depth)
        return self._plausible_item(schema, random, depth)

    def near(self, schema: Json, value: Json, random: Random) -> Json:
        """A value like the one that is there: half of it, twice as much, one more."""
        quantity = re.fullmatch(r"([0-9.]+) *(\D+)", value) if isinstance(value, str) else None
        if isinstance(value, bool) or (not quantity and not isinstance(value, (int, float))):
            return self.plausible(schema, random)
        if quantity:
            return f"{float(quantity[1]) * random.choice((0.1, 0.5, 2, 10)):g}{quantity[2]}"
        return random.choice((value + 1, value - 1, value * 2, value // 2 if isinstance(value, int) else value / 2))

    def edge(self, schema: Json, random: Random) -> Json:
        """A value at the border of what the schema allows, or beyond."""
        schema = self._resolved(schema, random)
        if random.random() < 0.15:
            return random.choice(STRANGE)
        if "pattern" in schema:
            return f"{random.choice(NUMBERS)}{random.choice(units_of(schema))}"
        if schema.get("type") in ("integer", "number"):
            bounds = [schema[key] for key in ("minimum", "maximum", "exclusiveMinimum") if key in schema]
            near = [bound + step for bound in bounds for step in (-1, 0, 1)]
            return random.choice(near + list(NUMBERS))
        if "enum" in schema:
            return random.choice(schema["enum"])[:random.choice((1, 3, 99))]
        return random.choice(TEXTS + NUMBERS)

    def _places(self, schema: Json, value: Json, path: Path) -> Iterator[tuple[Path, Json]]:
        if path:
            yield path, schema
        for option in self._options(schema, value):
            properties = option.get("properties", {})
            if isinstance(value, dict) and properties:
                for key, inner in properties.items():
                    if key in value:
                        yield from self._places(inner, value[key], (*path, key))
                    elif inner:
                        yield (*path, key), inner
            elif isinstance(value, list) and "items" in option:
                for index, item in enumerate(value):
                    yield from self._places(option["items"], item, (*path, index))

    def _options(self, schema: Json, value: Json) -> list[Json]:
        """The alternatives that the value may be one of."""
        if "$ref" in schema:
            return self._options(self._root["definitions"][schema["$ref"].rsplit("/", 1)[1]], value)
        if "allOf" in schema:
            return self._options(schema["allOf"][0], value)
        if "properties" in schema or "anyOf" not in schema:
            return [schema]
        options = [option for part in schema["anyOf"] for option in self._options(part, value)]
        if isinstance(value, dict) and "name" in value:
            names = [option.get("properties", {}).get("name", {}).get("const") for option in options]
            return [option for option, name in zip(options, names) if name == value["name"]] or options
        return options

    def _resolved(self, schema: Json, random: Random) -> Json:
        while "$ref" in schema or "allOf" in schema or ("anyOf" in schema and "properties" not in schema):
            if "$ref" in schema:
                schema = self._root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
            else:
                schema = random.choice(schema.get("allOf") or schema["anyOf"])
        return schema

    def _plausible_object(self, schema: Json, random: Random, depth: int) -> Json:
        properties = schema.get("properties", {})
        required = {key for part in schema.get("anyOf", []) for key in part.get("required", []) if key != "extends"}
        required |= {key for key, inner in properties.items() if "const" in inner}
        result = {}
        for key, inner in properties.items():
            if key in required or (inner and key != "extends" and depth < 3 and random.random() < 0.15):
                result[key] = self.plausible(inner, random, depth + 1)
        return result

    def _plausible_item(self, schema: Json, random: Random, depth: int) -> Json:
        kind = schema.get("type")
        if "pattern" in schema:
            return f"{random.choice((1, 2, 3.5, 10, 64, 200))}{random.choice(units_of(schema))}"
        if kind == "integer":
            least = max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1)
            return min(least + random.choice((0, 1, 2, 3, 8, 100)), schema.get("maximum", 2**62))
        if kind == "number":
            return random.choice((0.1, 0.5, 0.9, 1.0))
        if kind == "boolean":
            return random.random() < 0.5
        if kind == "array":
            return [self.plausible(schema["items"], random, depth + 1) for _ in range(random.choice((0, 1, 1, 2)))]
        return None if kind == "null" else random.choice(("x", "server0-switch0", "server2-switch0"))


def units_of(schema: Json) -> tuple[str, ...]:
    """The units of the quantity that the schema describes."""
    return next(units for part, units in UNITS.items() if part in schema["pattern"])


def apply(document: Json, edits: list[tuple[Path, Json]]) -> Json:
    """The document with some values put in their places, or taken out (DELETE); edits without a place are left out."""
    for path, value in edits:
        parent = document
        for step in path[:-1]:
            parent = step_into(parent, step)
        put(parent, path[-1], value)
    return document


class Delete:
    """As a value: there is none."""


DELETE = Delete()


def step_into(value: Json, step: str | int) -> Json:
    """The member, or None."""
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def value_at(document: Json, path: Path) -> Json:
    """What stands there, or None."""
    for step in path:
        document = step_into(document, step)
    return document


def put(parent: Json, key: str | int, value: Json) -> None:
    """Sets or deletes the member if the parent can have one."""
    is_item = isinstance(parent, list) and isinstance(key, int) and key < len(parent)
    if not is_item and not (isinstance(parent, dict) and isinstance(key, str)):
        return
    if value is not DELETE:
        parent[key] = value
    elif is_item or key in parent:
        del parent[key]
