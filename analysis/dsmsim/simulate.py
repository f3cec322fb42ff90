"""One run in process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from dsmsim import _core


def run(experiment: str | os.PathLike[str] | Mapping[str, Any],
        settings: Mapping[str, Any] | Iterable[str] = (),
        configs: Iterable[str | os.PathLike[str]] = ()) -> _core.Result:
    """Runs one experiment.

    experiment: a file, the name of one that is shipped, or the content of a file as a dict; files that this names are
    looked for from the working directory.
    settings: values by path, {"nic.mtu": "1KiB", "servers": 4}, or a list of "path=value" as --set takes them.
    configs: more folders to look for configuration in.

    Raises dsmsim.Error, a ValueError: its `code` is the exit code that the command line would have
    (docs/architecture.md), its text has a line for each mistake.
    """
    folders = [os.fspath(folder) for folder in configs]
    if isinstance(experiment, Mapping):
        text = json.dumps(experiment, default=os.fspath)
        return _core.run_text(text, "experiment", assignments(settings), folders)
    return _core.run(os.fspath(experiment), assignments(settings), folders)


def assignments(settings: Mapping[str, Any] | Iterable[str]) -> list[str]:
    """Settings as --set takes them: {"servers": 4} is "servers=4"."""
    if isinstance(settings, str):
        raise TypeError("settings is a dict or a list of \"path=value\", not one text")
    if not isinstance(settings, Mapping):
        return list(settings)
    return [f"{path}={json.dumps(value, default=os.fspath)}" for path, value in settings.items()]
