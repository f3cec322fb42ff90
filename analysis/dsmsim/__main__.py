"""The command line: python3 -m dsmsim plot DIR."""

import argparse
import sys
from pathlib import Path

from dsmsim.plots import plot
from dsmsim.results import ResultsError


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="dsmsim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    draw = commands.add_parser("plot", help="draw the results of a run or a comparison as PNG and SVG")
    draw.add_argument("folder", type=Path, metavar="DIR", help="a folder that dsmsim run or compare wrote")
    draw.add_argument("--out", type=Path, metavar="DIR", help="where the pictures go (default: DIR)")
    options = parser.parse_args(arguments)
    try:
        for picture in plot(options.folder, options.out):
            print(picture)
    except (ResultsError, OSError) as error:
        print(f"dsmsim: {error}", file=sys.stderr)
        return 2
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:  # somebody has changed them
        print(f"dsmsim: {options.folder}: not the results that dsmsim writes: {error!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
