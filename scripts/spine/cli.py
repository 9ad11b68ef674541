"""The console command `spine`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from spine.errors import SpineError, UsageError

DESCRIPTION = """\
Segment Spine turns a folder of raw orders, events and consent into segments you can trust.

  spine sample --out data/raw                     make a sample shop to try it on
  spine build --raw data/raw --db shop.duckdb     check the input, build and test everything
  spine segments --db shop.duckdb                 the catalogue of segments with their sizes
"""

EXIT_CODES = "exit codes: 0 all well, 1 a model or a test failed, 2 bad use or a crash, 4 the input was refused"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code; a user's mistake never ends in a traceback."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except SpineError as error:
        heading = "The raw input was refused; nothing was built." if error.exit_code == 4 else "spine:"
        print(f"{heading}\n{error}" if error.exit_code == 4 else f"{heading} {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("spine: interrupted; run the same command again.", file=sys.stderr)
        return 2
    except Exception as error:  # a crash is ours: say where it was, never what data it held
        print(f"spine crashed ({_place(error)}). This is a fault of spine; please report it.", file=sys.stderr)
        return 2


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} in {Path(code.co_filename).name}, line {trace.tb_lineno}, {code.co_name}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spine", description=DESCRIPTION, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_sample(commands)
    _add_build(commands)
    _add_check(commands)
    _add_segments(commands)
    return parser


def _add(commands: argparse._SubParsersAction, name: str, run: Callable, summary: str, details: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=summary, description=f"{summary}.\n\n{details}", epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    command.set_defaults(run=run)
    return command


def _add_sample(commands: argparse._SubParsersAction) -> None:
    command = _add(
        commands, "sample", _sample, "Make a sample shop",
        "Writes every table of the raw contract as Parquet. The same options always give the same rows.",
    )  # fmt: skip
    command.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to write to; new or empty")
    command.add_argument("--customers", type=int, default=20_000, metavar="N", help="customers (default 20000)")
    command.add_argument("--months", type=int, default=24, metavar="N", help="months of history (default 24)")
    command.add_argument("--until", metavar="YYYY-MM-DD", help="last day of the history (default: yesterday, UTC)")
    command.add_argument("--seed", type=int, default=42, metavar="N", help="another seed is another shop (default 42)")


def _add_build(commands: argparse._SubParsersAction) -> None:
    command = _add(
        commands, "build", _build, "Check the input, then build and test everything",
        "Checks the raw folder against the contract, naming every fault at once, then runs dbt's seeds,\n"
        "models and tests. Unusable rows are set aside in marts.quarantined_rows, never dropped.",
    )  # fmt: skip
    _add_raw(command)
    _add_db(command)
    command.add_argument("--as-of", metavar="YYYY-MM-DD", help="the business day to compute (default: the last complete one)")
    _add_rules(command)
    command.add_argument("--select", nargs="+", default=[], metavar="NODE", help="dbt selection, such as +customer_rfm")
    command.add_argument("--target", metavar="NAME", help="target of profiles.yml")
    command.add_argument("--full-refresh", action="store_true", help="rebuild incremental models from scratch")


def _add_check(commands: argparse._SubParsersAction) -> None:
    command = _add(
        commands, "check", _check, "Check the raw folder, the YAML and the rule tables; build nothing",
        "Names every fault at once. Without a raw folder only the YAML and the rules are checked.",
    )  # fmt: skip
    _add_raw(command)
    _add_rules(command)


def _add_segments(commands: argparse._SubParsersAction) -> None:
    command = _add(
        commands, "segments", _segments, "Show the catalogue of segments with their sizes",
        "Reads the marts of a built database: customers, share, net revenue of 365 days and its share.",
    )  # fmt: skip
    _add_db(command)


def _add_raw(command: argparse.ArgumentParser) -> None:
    command.add_argument("--raw", type=Path, metavar="DIR", help="folder of raw files (default: $RAW_DIR)")


def _add_db(command: argparse.ArgumentParser) -> None:
    command.add_argument("--db", type=Path, metavar="FILE", help="database (default: $SPINE_DB, else segment_spine.duckdb)")


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--rules", type=Path, metavar="DIR", help="folder of your own rule tables (CSV) and vars.yml, laid over the shipped ones"
    )


def _raw_dir(options: argparse.Namespace) -> Path | None:
    return options.raw or (Path(os.environ["RAW_DIR"]) if os.environ.get("RAW_DIR") else None)


def _db(options: argparse.Namespace) -> Path:
    return options.db or Path(os.environ.get("SPINE_DB") or "segment_spine.duckdb")


def _sample(options: argparse.Namespace) -> int:
    from spine.project import last_complete_business_day, parse_day
    from spine.sample import generate_sample

    until = parse_day(options.until, "--until") if options.until else last_complete_business_day("UTC")
    rows = generate_sample(options.out, options.customers, options.months, until=until, seed=options.seed)
    print(f"{options.out}: a shop until {until}")
    for table, count in rows.items():
        print(f"  {table}: {count:,} rows")
    return 0


def _build(options: argparse.Namespace) -> int:
    from spine.build import BuildRequest, build, timezone_of
    from spine.project import last_complete_business_day, parse_day
    from spine.summary import print_summary

    console = Console()
    raw_dir = _raw_dir(options)
    if raw_dir is None and not os.environ.get("RAW_SCHEMA") and not options.target:
        raise UsageError("name the folder of raw files with --raw DIR or RAW_DIR (README, 'Your own data').")
    given = options.as_of or os.environ.get("SPINE_AS_OF")
    as_of = parse_day(given, "--as-of") if given else last_complete_business_day(timezone_of(options.rules))
    request = BuildRequest(
        db=_db(options), as_of=as_of, raw_dir=raw_dir, rules_dir=options.rules, select=tuple(options.select),
        target=options.target, full_refresh=options.full_refresh,
    )  # fmt: skip
    results = build(request, console)
    print_summary(results, request.db, console)
    print(f"as of {as_of}; database: {request.db.absolute()}")
    return 0 if all(result.is_good for result in results) else 1


def _check(options: argparse.Namespace) -> int:
    from spine.check import check_rules, check_yaml
    from spine.contract import load_contract
    from spine.raw_folder import prepare

    console = Console()
    raw_dir = _raw_dir(options)
    if raw_dir is not None:
        with tempfile.TemporaryDirectory(prefix="spine-check-") as landing_dir:
            folder = prepare(raw_dir, landing_dir, load_contract())
        for note in folder.notes:
            print(f"note: {note}")
        print(f"raw folder {raw_dir}: keeps the contract ({len(folder.tables)} tables)")
    check_yaml()
    print("YAML: fits dbt's schemas")
    return check_rules(options.rules, console)


def _segments(options: argparse.Namespace) -> int:
    import duckdb

    from spine.summary import print_segments

    db = _db(options)
    if not db.is_file():
        raise UsageError(f"--db {db}: there is no such database; run `spine build` first.")
    try:
        print_segments(db, Console())
    except duckdb.Error as error:
        raise UsageError(f"--db {db}: holds no segments that can be read now; run `spine build` first.") from error
    return 0
