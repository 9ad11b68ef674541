"""The project as dbt has parsed it, kept in this process and on disk: parsing takes most of the time of a small run."""

import contextlib
import hashlib
import json
import os
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder

from spine.publish.fingerprint import ENGINES, PROJECT_PARTS, code_version
from spine.run.project import PROJECT_DIR

PARSED_DIR = PROJECT_DIR / "target" / "parsed"
# All that dbt parses, and what parses it.
PARTS = (*PROJECT_PARTS, "tests", "analyses", "profiles.yml", "packages.yml", "dbt_packages")
PARSERS = (*ENGINES, "dbt-adapters", "dbt-common")
OF_A_RUN = ("as_of_date", "reporting_currency", "known_until")
# One for each name of a database and set of vars that a process works with; others are read from disk again.
KEPT_IN_MEMORY = 4
KEPT_ON_DISK = 20
_PARSED: dict[str, Manifest] = {}


def parsed_project(made_by: tuple, settings: dict, options: list[str]) -> Manifest | None:
    """The parsed project; None where dbt is to parse it, and to say what is wrong with it.

    Day, currency and known_until may differ between runs of one parse: they are read when a model is compiled.
    """
    lasting = {name: value for name, value in settings.items() if name not in OF_A_RUN}
    key = _name_of(made_by, lasting)
    if key not in _PARSED:
        while len(_PARSED) >= KEPT_IN_MEMORY:
            del _PARSED[next(iter(_PARSED))]
        manifest = _read(PARSED_DIR / key)
        if manifest is None:
            manifest = _parse(options)
            if manifest is None or _name_of(made_by, lasting) != key:  # the project has changed while it was parsed
                return manifest
            with contextlib.suppress(OSError):  # a full disk, or a checkout that may not be written, only costs time
                _keep(PARSED_DIR / key, manifest)
        _PARSED[key] = manifest
    return _PARSED[key]


def _name_of(made_by: tuple, settings: dict) -> str:
    parts = json.dumps([made_by, settings, code_version(PARTS, PARSERS)], sort_keys=True, default=str)
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _read(path: Path) -> Manifest | None:
    """What is kept under a path; nothing if it was never kept, or is no longer whole."""
    try:
        os.utime(path)  # what is used stays
        seal, content = path.read_bytes().split(b"\n", 1)
        if seal != _seal(path, content):
            return None
        return Manifest.from_msgpack(content, decoder=extended_mashumuro_decoder)
    except Exception:  # whatever is wrong with the copy, parsing makes a new one
        return None


def _seal(path: Path, content: bytes) -> bytes:
    """What a copy begins with: it is what was kept under this name, to the byte."""
    return hashlib.sha256(path.name.encode() + content).hexdigest().encode()


def _parse(options: list[str]) -> Manifest | None:
    outcome = dbtRunner().invoke(["parse", *options])
    if isinstance(outcome.exception, (KeyboardInterrupt, SystemExit)):
        raise outcome.exception
    return outcome.result if outcome.success else None


def _keep(path: Path, manifest: Manifest) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_name(f"{path.name}-{os.getpid()}")
    content = manifest.to_msgpack(extended_mashumaro_encoder)
    half_written.write_bytes(_seal(path, content) + b"\n" + content)
    half_written.replace(path)
    kept = sorted(path.parent.iterdir(), key=lambda one: one.stat().st_mtime)
    for other in kept[:-KEPT_ON_DISK]:
        other.unlink(missing_ok=True)
