"""Check the layering of the rooms, the names of tests, and the coroutines.

A room may include only what stands below it (docs/architecture.md). Reads the C++ files of the
project whose folder is named on the command line, prints one line a violation and exits 1 if there
is any.
"""

import re
import sys
from pathlib import Path
from typing import Iterator, Optional

from coroutines import mixed_statements


def ranks(page: Path) -> dict[str, int]:
    """The rooms of the table in docs/architecture.md: its first column is the rank, its second names them."""
    found = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        if row := re.match(r"\| (\d+) \| ([^|]*) \|", line):
            found |= {room: int(row.group(1)) for room in re.findall(r"`([^`]+)`", row.group(2))}
    return found


# Of the rooms, from the bottom up: those of equal rank may not see each other.
RANK = ranks(Path(__file__).resolve().parents[2] / "docs/architecture.md")
# Rooms of independent folders: one may not include another, except for the list of them all.
FOLDERS = ("protocols", "workloads")
# Folders that the others of their room may include.
SHARED = ("workloads/generators", "protocols/paging")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
# ctest's list of tests is a CMake list: these characters swallow the tests that follow.
TEST_NAME = re.compile(r'\b(?:TEST_CASE|SCENARIO|TEMPLATE_TEST_CASE)\(((?:\s*"[^"]*")+)')
UNSAFE = set("[];\\")


def room_of(path: str) -> Optional[str]:
    """The room that a path relative to the project belongs to."""
    return next((room for room in RANK if path == room or path.startswith(room + "/")), None)


def folder_of(path: str) -> Optional[str]:
    """`protocols/gam` for protocols/gam/engine.hpp, None for protocols/all.cpp and other rooms."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in FOLDERS and len(parts) > 2 else None


def is_list(path: str) -> bool:
    """Whether the file is protocols/all.* or workloads/all.*, which may name every folder."""
    return path.split("/")[0] in FOLDERS and Path(path).stem == "all"


def complaint(source: str, target: str) -> Optional[str]:
    """Why `source` may not include `target` (paths relative to the project), or None."""
    if target.startswith("simgrid/"):
        return None if room_of(source) == "sim/fabric" else "only sim/fabric may include SimGrid"
    source_room, target_room = room_of(source), room_of(target)
    if source_room is None or target_room is None:
        return None
    if source_room == target_room:
        folder = folder_of(target)
        if folder is None or folder == folder_of(source) or folder in SHARED or is_list(source):
            return None
        return f"{folder} is another folder of {source_room}"
    if target_room in FOLDERS and source.startswith("sim/") and source != "sim/main.cpp":
        return "only sim/main.cpp knows an engine or a program"
    if RANK[target_room] < RANK[source_room]:
        return None
    return f"{target_room} does not stand below {source_room}"


def includes(path: Path) -> Iterator[tuple[int, str]]:
    """Line number and target of every #include."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) or match.group(2)


def sources(root: Path, pattern: str) -> Iterator[Path]:
    """The files of the rooms, in order."""
    for top in ("sim", "protocols", "workloads", "analysis"):
        yield from sorted((root / top).rglob(pattern))


def violations(root: Path) -> Iterator[str]:
    """One line for every include that goes upwards or sideways."""
    for path in sources(root, "*.[ch]pp"):
        source = path.relative_to(root).as_posix()
        if room_of(source) is None:
            yield f"{source}:1: belongs to no room"
        for number, target in includes(path):
            beside = (path.parent / target).resolve()
            if beside.is_file() and beside.is_relative_to(root):
                target = beside.relative_to(root).as_posix()
            reason = complaint(source, target)
            if reason:
                yield f"{source}:{number}: includes {target}, but {reason}"


def unsafe_test_names(root: Path) -> Iterator[str]:
    """One line for every test whose name ctest cannot list."""
    for path in sorted((root / "tests").rglob("*.cpp")):
        text = path.read_text(encoding="utf-8")
        for match in TEST_NAME.finditer(text):
            if UNSAFE & set(match.group(1)):
                number = text.count("\n", 0, match.start()) + 1
                where = f"{path.relative_to(root)}:{number}"
                yield f"{where}: a test's name may not hold any of [ ] ; \\"


def main() -> int:
    root = Path(sys.argv[1]).resolve()
    found = [*violations(root), *mixed_statements(root), *unsafe_test_names(root)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
