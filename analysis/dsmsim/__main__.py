"""The command line: python3 -m dsmsim plot DIR, and the second half of `dsmsim reproduce`."""

import argparse
import sys
from pathlib import Path

from dsmsim.plots import plot
from dsmsim.reproduce import reproduce
from dsmsim.results import ResultsError


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="dsmsim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    draw = commands.add_parser("plot", help="draw the results of a run or a comparison as PNG and SVG")
    draw.add_argument("folder", type=Path, metavar="DIR", help="a folder that dsmsim run or compare wrote")
    draw.add_argument("--out", type=Path, metavar="DIR", help="where the pictures go (default: DIR)")
    again = commands.add_parser("reproduce", help="draw the figures of what dsmsim reproduce has run")
    again.add_argument("folder", type=Path, metavar="DIR", help="a folder that dsmsim reproduce wrote")
    again.add_argument("--status", type=int, default=0, help="exit code if all goes well")
    options = parser.parse_args(arguments)
    try:
        written = plot(options.folder, options.out) if options.command == "plot" else reproduce(options.folder)
        print(*([""] if options.command == "reproduce" else []), *written, sep="\n")
    except (ResultsError, OSError) as error:
        print(f"dsmsim: {error}", file=sys.stderr)
        return 2
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:  # somebody has changed them
        print(f"dsmsim: {options.folder}: not the results that dsmsim writes: {error!r}", file=sys.stderr)
        return 2
    return options.status if options.command == "reproduce" else 0


if __name__ == "__main__":
    sys.exit(main())
