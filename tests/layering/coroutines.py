"""Find the statements that GCC 12 compiles wrongly in coroutines (docs/architecture.md).

A statement is what ends with a semicolon, or the head of a block; a braced list is part of it, and
so are the arguments of a lambda, but not its body.
"""

import re
from pathlib import Path
from typing import Iterator

CODE_ONLY = re.compile(r'//[^\n]*|/\*(?:.|\n)*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'')
DIRECTIVE = re.compile(r"^\s*#[^\n]*(?<!\\)$", re.MULTILINE)
LAMBDA = re.compile(r"(?<![\w)\]\[\s])\s*(?:\breturn\s*)?\[(?!\[)[^\[\]]*\]\s*(?=[({])")
BLOCK = re.compile(r"(?:^|[);}:]|\b(?:else|do|try|const|noexcept|override|final|mutable|constexpr))$")
ATTRIBUTE = re.compile(r"\s*\[\[[^\]]*\]\]$")
SCOPE = re.compile(r"\b(?:class|struct|union|enum|namespace|extern)\b|\)[^()]*->[^()]*$")
OPEN, CLOSE = "([{", ")]}"


def blank(text: str) -> str:
    """Spaces of the same length and lines."""
    return re.sub(r"[^\n]", " ", text)


def end_of(text: str, start: int) -> int:
    """Behind the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in OPEN) - (text[at] in CLOSE)
        if depth == 0:
            return at + 1
    return len(text)


def without_lambda_bodies(text: str) -> str:
    for found in reversed(list(LAMBDA.finditer(text))):
        at = found.end()
        if text[at] == "(":
            at = end_of(text, at)
        body = text.find("{", at)
        if body >= 0 and not re.search(r"[;()]", text[at:body]):
            end = end_of(text, body)
            text = text[:body] + blank(text[body:end]) + text[end:]
    return text


def opens_block(head: str) -> bool:
    """Whether a brace behind these words of a statement begins a block, and not a list of values."""
    head = ATTRIBUTE.sub("", head)
    return bool(BLOCK.search(head) or SCOPE.search(head))


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Where each begins, and its text."""
    start, depth = 0, 0
    for at, letter in enumerate(text):
        block = letter == "{" and depth == 0 and opens_block(text[start:at].strip())
        if depth == 0 and (block or letter in ";}"):
            yield start, text[start:at]
            start = at + 1
        else:
            depth = max(depth + (letter in OPEN) - (letter in CLOSE), 0)


def awaits_in_list(statement: str) -> bool:
    """Whether an await is an element of a braced list."""
    open_brackets: list[str] = []
    for found in re.finditer(r"[(\[{}\])]|\bco_await\b", statement):
        if found.group() in OPEN:
            open_brackets.append(found.group())
        elif found.group() in CLOSE:
            open_brackets = open_brackets[:-1]
        elif "{" in open_brackets:
            return True
    return False


def mistakes(text: str) -> Iterator[tuple[int, str]]:
    """Of the C++ code: line, and what is wrong there."""
    code = CODE_ONLY.sub(lambda found: blank(found.group()), text)
    code = without_lambda_bodies(DIRECTIVE.sub(lambda found: blank(found.group()), code))
    for start, statement in statements(code):
        if "co_await" not in statement:
            continue
        line = code.count("\n", 0, start + len(statement) - len(statement.lstrip())) + 1
        if "?" in statement:
            yield line, "a conditional operator and co_await in one statement; name the value first"
        elif awaits_in_list(statement):
            yield line, "co_await in a braced list; name the value first"


def mixed_statements(root: Path) -> Iterator[str]:
    """One line for every such statement of the project."""
    for top in ("sim", "protocols", "workloads", "analysis", "tests"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            text = path.read_text(encoding="utf-8")
            if "co_await" in text:
                for line, reason in mistakes(text):
                    yield f"{path.relative_to(root).as_posix()}:{line}: {reason}"
