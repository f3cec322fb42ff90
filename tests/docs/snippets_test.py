"""What the guides quote is in the files that they quote, which are compiled."""

import re
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
GUIDES = ("docs/add-an-engine.md", "docs/add-a-program.md")
# `path`: on a line of its own, and the indented block behind it.
QUOTE = re.compile(r"^ *`([^`\n]+\.[ch]pp)`:\n\n((?:(?:    .*)?\n)+)", re.MULTILINE)
BLOCK = re.compile(r"(?<=\n\n)(?:(?:    +\S.*)\n(?:\n(?=    ))?)+")


def plain(code: str) -> list[str]:
    """Its lines without indentation, comments at their end, and what is empty."""
    lines = (re.sub(r"\s+//.*", "", line).strip() for line in code.splitlines())
    return [re.sub(r"\s+", " ", line) for line in lines if line]


def holds(text: list[str], quoted: list[str]) -> bool:
    """Whether the quoted lines follow each other in the text."""
    return any(text[i:i + len(quoted)] == quoted for i in range(len(text)))


class Snippets(unittest.TestCase):
    def test_what_is_quoted_is_there(self) -> None:
        for guide in GUIDES:
            quotes = QUOTE.findall((PROJECT / guide).read_text(encoding="utf-8"))
            self.assertGreater(len(quotes), 2, guide)
            for path, code in quotes:
                text = plain((PROJECT / path).read_text(encoding="utf-8"))
                self.assertTrue(holds(text, plain(code)), f"{guide}: {path} does not hold\n{code}")

    def test_every_block_of_code_is_quoted(self) -> None:
        for guide in GUIDES:
            page = (PROJECT / guide).read_text(encoding="utf-8")
            rest = QUOTE.sub("", page)
            for block in BLOCK.findall(rest):
                if re.search(r"[;{]\s*(//.*)?$", block, re.MULTILINE):
                    self.fail(f"{guide}: nobody compiles\n{block}")

    def test_a_change_of_the_source_is_noticed(self) -> None:
        self.assertTrue(holds(plain("a;\n  b;  // c\n\nd;"), plain("    b;\n    d;")))
        self.assertFalse(holds(plain("a;\nb;\nc;"), plain("a;\nc;")))


if __name__ == "__main__":
    unittest.main()
