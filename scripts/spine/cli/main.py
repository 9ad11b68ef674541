"""The console command `spine`: what may be said on the command line, and how mistakes are answered."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from spine.cli import commands as run
from spine.errors import DiskFull, SpineError, is_disk_full
from spine.interrupts import exit_code, is_interrupt, listening
from spine.publish.runs import timestamp
from spine.report.periods import PERIODS

DESCRIPTION = """\
Segment Spine turns a folder of raw orders, events and consent into segments you can trust.

  spine sample --out data/raw                     make a sample shop to try it on
  spine build --raw data/raw --db shop.duckdb     check the input, build and test everything
  spine segments --db shop.duckdb                 the catalogue of segments with their sizes
  spine why c0000274 --db shop.duckdb             why a customer is in a segment, and how far from leaving it
  spine refresh --raw data/raw --db shop.duckdb   build and test aside, then publish in one step
  spine watch --raw data/raw --db shop.duckdb     the same, again and again, when files land
  spine backfill --from 2026-01-01                the history of past days: who moved, when and why
  spine report --db shop.duckdb --out report.html a page for those who act on segments, to open or to mail
  spine status, spine rollback                    what is published; the version before it
  spine check --raw data/raw                      check the input and the rules, build nothing

spine COMMAND --help says more about each."""

EXIT_CODES = """\
exit codes:
  0  all well; warnings are listed
  1  a model or a test failed, the disk is full; `spine status`: something is damaged, or too old
  2  bad use or a crash
  3  another run is at work on the database
  4  the raw input was refused; nothing was built
  130, 143  interrupted by Ctrl-C, by SIGTERM (`spine watch`, which ends that way, exits with 0)"""

SAMPLE = """\
Writes every table of the raw contract as Parquet: people who come and go, returns, consent, visits,
messages, subscriptions, and the faults of real exports (duplicates, late rows, several currencies).
The same options always give the same rows.

examples:
  spine sample --out data/raw
  spine sample --out /tmp/big --customers 1000000 --until 2026-06-30"""

BUILD = """\
Checks the raw input against the contract, naming every fault at once, then runs dbt's seeds, models and
tests. Rows that cannot be used are set aside in marts.quarantined_rows, never dropped. A test that
fails keeps everything that hangs on it from being built.

The raw input is a folder with orders.parquet or orders.csv and, if you have them, the other tables of the
contract (docs/own_data.md); with --source, the export of a shop system; or, with RAW_SCHEMA, a schema of the
database itself.

examples:
  spine build --raw data/raw --db shop.duckdb
  spine build --raw exports --source shopify --db shop.duckdb        from a shop's own export (docs/adapters.md)
  spine build --raw data/raw --db shop.duckdb --as-of 2026-06-30     as things stood at the end of that day
  spine build --raw data/raw --db shop.duckdb --rules my_rules       with your own rule rows and vars
  spine build --db shop.duckdb --raw data/raw --select +customer_rfm one mart and what it needs

environment: RAW_DIR, RAW_SCHEMA, SPINE_DB and SPINE_AS_OF are the defaults of what is not given."""

CHECK = """\
Names every fault at once: of the raw folder (missing tables and columns, files that cannot be read), of
the YAML against dbt's own schemas, and of the rule tables (unknown traits, operators that do not fit,
segments without clauses, overlapping versions), each with the row. Without a raw folder (or RAW_SCHEMA and
--db) only the YAML and the rules are checked.

examples:
  spine check --raw data/raw                     of a known export, it says which --source reads it
  spine check --rules my_rules
  spine check --raw data/raw --db shop.duckdb    CSV files are then read once for this and the next build"""

NO_SCHEMA = """

It reads a folder of files and no RAW_SCHEMA, for only files show what is new since the last run. Tables and views can
be written to files: copy landing.orders to 'raw/orders/today.parquet'."""

REFRESH = """\
Builds and tests in a working database beside the published one. Only when every test of level error has passed are
the marts put in place, in one step: readers see the old marts or the new ones, whole. The published file
holds the marts and nothing else, and opens with DuckDB 1.1 and later; open it read-only.

When nothing is new since the last run - files, rules, day, project - nothing is done. A feed that brings far fewer
rows than the published run had is refused. The last versions are kept: `spine rollback` puts the one before in place.

examples:
  spine refresh --raw data/raw --db shop.duckdb
  spine refresh --raw data/raw --db shop.duckdb --wait 600     wait up to ten minutes for a run at work
  spine refresh --raw data/raw --db shop.duckdb --min-volume 0 after a feed was cut down on purpose
  spine refresh --raw data/raw --db shop.duckdb --quiet        says nothing if all went well

Where standard output is no terminal, each line begins with its time (UTC)."""

WATCH = """\
Looks every few seconds whether files, rules or the day have changed, and refreshes then; a line per refresh says
what was published and who moved, or what was refused. Bad files do not end it: what they hold is told once and
tried again when something has changed. Ctrl-C or SIGTERM ends it; a refresh at work is given up, and what is
published stays.

It works as of the business day that is running. Where only new Parquet files of customers have come, the customers whom
they touch are judged and published; else everything is built, as `spine refresh` does (docs/refresh.md).

example:
  spine watch --raw data/raw --db shop.duckdb --every 30"""

BACKFILL = """\
Makes the ledger of past days, so that a shop has its history on the first day: for every day from the first to the last
who entered and left which segment, and why, by the rules that were valid on that day. Then it builds, tests and
publishes the last day, and `spine refresh` goes on from there. A run that was interrupted goes on after
the last whole day, as long as files and rules are the same.

By default each day knows all that is known now. With --as-known it knows what had been loaded by the morning after
(loaded_at of your tables, 06:00 UTC): a build of everything for each day.

examples:
  spine backfill --from 2026-01-01 --raw data/raw --db shop.duckdb
  spine backfill --from 2026-06-01 --to 2026-06-30 --as-known --raw data/raw --db shop.duckdb"""

REPORT = """\
Writes one page that opens without network and script, prints, and can be mailed: what moved and why, whether it adds
up, the segments, who went where, health, and the rules in plain words. It reads the marts alone, and names for each
figure its mart. It holds counts, no personal data; with --with-ids also the ids of who is new in segments to act on.

By default the last week is compared with the one before. --period month and quarter are of the newest whole one, beside
the one before, for reviews. What moved is known as far back as the ledger goes (docs/history.md).

examples:
  spine report --db shop.duckdb --out report.html
  spine report --db shop.duckdb --out june.html --period month
  spine refresh --raw data/raw --db shop.duckdb --report report.html     after each refresh"""

ROLLBACK = """\
Puts the version before the published one in place, in one step. It stays there, whatever the day, the rules and the
project are, until raw files come that were not there before, or until `spine refresh --end-rollback`.

examples:
  spine rollback --db shop.duckdb
  spine rollback --db shop.duckdb --to 20260701T053000-123456"""

STATUS = """\
What is published, as of when and how old it is; whether a run is at work; with a raw folder, how many files no
run has read yet; the runs since the last published one that did not end well; the versions that are kept.

It reads the published file whole if its size or time of change are not those with which it was published; with
--verify in any case, and all versions too. What cannot be read is named, with exit code 1.

examples:
  spine status --db shop.duckdb
  spine status --db shop.duckdb --verify
  spine status --db shop.duckdb --fail-if-older-than 26     for an alert, where a run comes every day
  spine status --db shop.duckdb --raw data/raw --json"""

SEGMENTS = """\
Reads the marts of a built database: customers, net revenue of 365 days, and the shares of both. Segments
of one kind rfm, lifecycle, value or engagement hold each customer once; those of kind behaviour overlap.
With --draft the rules are read again, and drafts computed from the input of the last build; nothing is changed.

example:
  spine segments --db shop.duckdb
  spine segments --db shop.duckdb --draft --rules my_rules     what drafts would hold if they were active"""

WHY = """\
Reads the marts of a built or published database. CUSTOMER is any of the customer's ids. Without --segment: each segment
that holds the customer, with the conditions of the row of the rules that decides; with it: all rows that lead to that
segment, whether it holds the customer or not. Each condition says what the customer has, whether it passes, and by how
much the value would have to change to flip it, against the cut points of the day (docs/why.md).

examples:
  spine why c0000274 --db shop.duckdb
  spine why c0000274 --db shop.duckdb --segment rfm_champions
  spine why c0000274 --db shop.duckdb --json"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code; a user's mistake never ends in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character gets a question mark
    options, unknown = _parser().parse_known_args(arguments)
    if unknown:  # parse_args would show the usage of spine, not that of the command
        options.refuse(f"unrecognized arguments: {' '.join(unknown)}")
    with listening():
        try:
            return options.run(options)
        except (KeyboardInterrupt, Exception) as error:
            message, status = _interrupted(options) if is_interrupt(error) else _failed(error)
    is_log = options.run in (run.refresh, run.watch, run.backfill) and not sys.stdout.isatty()
    for line in message.splitlines():
        print(f"{timestamp()} {line}" if is_log else line, file=sys.stderr)
    return status


def _failed(error: Exception) -> tuple[str, int]:
    """What to say of an error, and the exit code."""
    if isinstance(error, SpineError):
        heading = "The raw input was refused; nothing was built.\n" if error.exit_code == 4 else "spine: "
        return heading + str(error), error.exit_code
    if is_disk_full(error):
        return f"spine: {DiskFull(_written_file(error))}", DiskFull.exit_code
    if isinstance(error, OSError):
        return f"spine: {error.filename or 'input or output'}: {error.strerror}.", 2
    # A crash is ours: say where it was, never what data it held.
    return f"spine crashed ({_place(error)}). This is a fault of spine; please report it.", 2


def _written_file(error: Exception) -> str:
    """The file that could not be written, as the system or DuckDB names it."""
    quoted = re.search(r'"(/[^"]+)"', str(error))
    return getattr(error, "filename", None) or (quoted.group(1) if quoted else "a file of this run")


def _interrupted(options: argparse.Namespace) -> tuple[str, int]:
    left = " The database may hold tables of different ages; run the same command again."
    return "spine: interrupted." + (left if options.run is run.build else ""), exit_code()


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} in {Path(code.co_filename).name}, line {trace.tb_lineno}, {code.co_name}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spine",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_sample(commands)
    _add_build(commands)
    _add_check(commands)
    _add_segments(commands)
    _add_why(commands)
    _add_refresh(commands)
    _add_watch(commands)
    _add_backfill(commands)
    _add_report(commands)
    _add_rollback(commands)
    _add_status(commands)
    return parser


def _add(
    commands: argparse._SubParsersAction, name: str, run: Callable, summary: str, details: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=summary,
        description=f"{summary}.\n\n{details}",
        epilog=EXIT_CODES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run, command=name, refuse=command.error)
    # An empty value, as of a variable of a script that is not set, would be taken for none, or for the current folder.
    command.register("type", None, value)
    command.register("type", Path, path)
    return command


def _add_sample(commands: argparse._SubParsersAction) -> None:
    command = _add(commands, "sample", run.sample, "Make a sample shop", SAMPLE)
    command.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="DIR",
        help="folder to write to; new, empty or an earlier sample",
    )
    command.add_argument("--customers", type=int, default=20_000, metavar="N", help="customers (default 20000)")
    command.add_argument("--months", type=int, default=24, metavar="N", help="months of history (default 24)")
    command.add_argument("--until", metavar="YYYY-MM-DD", help="last day of the history (default: yesterday, UTC)")
    command.add_argument("--seed", type=int, default=42, metavar="N", help="another seed is another shop (default 42)")
    command.add_argument(
        "--folders", action="store_true", help="make tables folders, to which files can be added (refresh, watch)"
    )
    command.add_argument(
        "--long-ids", action="store_true", help="ids as long as real ones: UUIDs and numbers of 13 digits"
    )


def _add_build(commands: argparse._SubParsersAction) -> None:
    command = _add(commands, "build", run.build, "Check the input, then build and test everything", BUILD)
    _add_raw(command)
    _add_source(command)
    _add_db(command)
    _add_as_of(command)
    _add_rules(command)
    command.add_argument("--select", nargs="+", default=[], metavar="NODE", help="dbt selection, such as +customer_rfm")
    command.add_argument("--target", metavar="NAME", help="target of profiles.yml (default: the one named there)")


def _add_check(commands: argparse._SubParsersAction) -> None:
    command = _add(commands, "check", run.check, "Check the raw folder, the YAML and the rules; build nothing", CHECK)
    _add_raw(command)
    _add_source(command)
    command.add_argument(
        "--db",
        type=Path,
        metavar="FILE",
        help="the database that RAW_SCHEMA lies in; CSV files are landed where its build looks for them",
    )
    _add_rules(command)


def _add_segments(commands: argparse._SubParsersAction) -> None:
    command = _add(commands, "segments", run.segments, "Show the catalogue of segments with their sizes", SEGMENTS)
    _add_db(command)
    command.add_argument(
        "--draft", action="store_true", help="show what segments of status draft would hold; computed in a copy"
    )
    _add_rules(command)


def _add_why(commands: argparse._SubParsersAction) -> None:
    command = _add(commands, "why", run.why, "Show why a customer is in a segment or not", WHY)
    command.add_argument("customer", metavar="CUSTOMER", help="any id of the customer")
    command.add_argument(
        "--segment", metavar="KEY", help="the segment to explain, by key or label (default: all that hold the customer)"
    )
    _add_db(command)
    command.add_argument("--json", action="store_true", help="as one JSON object")


def _add_refresh(commands: argparse._SubParsersAction) -> None:
    command = _add(
        commands, "refresh", run.refresh, "Build and test aside, then publish the marts", REFRESH + NO_SCHEMA
    )
    _add_publishing(command, "the last complete one; the running one may be given")
    _add_wait(command)
    command.add_argument("--full-refresh", action="store_true", help="build even if nothing is new")
    command.add_argument(
        "--end-rollback",
        action="store_true",
        help="publish again after `spine rollback`, also if no newer raw files have come",
    )
    command.add_argument(
        "--skip-missed",
        action="store_true",
        help="do not make the days since the last full build first: who moved on them moves on this day",
    )


def _add_watch(commands: argparse._SubParsersAction) -> None:
    command = _add(
        commands, "watch", run.watch, "Refresh whenever something is new, until told to stop", WATCH + NO_SCHEMA
    )
    _add_publishing(command, "the one that is running")
    command.add_argument(
        "--every", type=pause, default=1, metavar="SECONDS", help="pause between two looks (default 1)"
    )


def _add_backfill(commands: argparse._SubParsersAction) -> None:
    command = _add(
        commands, "backfill", run.backfill, "Make the history of past days, and publish the last", BACKFILL + NO_SCHEMA
    )
    command.add_argument("--from", dest="first", required=True, metavar="YYYY-MM-DD", help="first day of the ledger")
    command.add_argument(
        "--to", metavar="YYYY-MM-DD", help="last day, which is published (default: that of what is published, if later "
        "than the last complete one, else that)"
    )  # fmt: skip
    command.add_argument(
        "--as-known", action="store_true", help="each day with what had been loaded by the morning after"
    )
    _add_publishing(command)
    _add_wait(command)


def _add_report(commands: argparse._SubParsersAction) -> None:
    command = _add(commands, "report", run.report, "Write what is published as a page to open or to mail", REPORT)
    _add_db(command)
    command.add_argument("--out", required=True, type=Path, metavar="FILE.html", help="the page to write")
    command.add_argument(
        "--period",
        choices=PERIODS,
        default="day",
        help="the day of the marts, or the newest whole month or quarter (default day)",
    )
    command.add_argument("--with-ids", action="store_true", help="list the customers whom to act on, by their ids")


def _add_publishing(command: argparse.ArgumentParser, day: str | None = None) -> None:
    _add_raw(command)
    _add_source(command)
    _add_db(command)
    if day:
        _add_as_of(command, day)
    _add_rules(command)
    command.add_argument(
        "--min-volume",
        type=share,
        default=0.8,
        metavar="SHARE",
        help="least share of the published run's rows that each table must bring (default 0.8; 0 accepts any)",
    )
    command.add_argument("--keep", type=count, default=5, metavar="N", help="versions to keep (default 5)")
    command.add_argument(
        "--parquet",
        type=Path,
        metavar="DIR",
        help="also copy what is published there, as Parquet: DIR/latest/MART.parquet",
    )
    command.add_argument("--report", type=Path, metavar="FILE.html", help="also write `spine report` there")
    command.add_argument("--quiet", action="store_true", help="print only what is wrong (for cron)")


def _add_rollback(commands: argparse._SubParsersAction) -> None:
    command = _add(commands, "rollback", run.rollback, "Put the version before the published one in place", ROLLBACK)
    _add_db(command)
    command.add_argument("--to", metavar="RUN", help="the run whose version to put in place")
    _add_wait(command)


def _add_status(commands: argparse._SubParsersAction) -> None:
    command = _add(commands, "status", run.status, "Show what is published and what is pending", STATUS)
    _add_db(command)
    _add_raw(command)
    _add_source(command)
    _add_rules(command)
    command.add_argument("--json", action="store_true", help="as one JSON object")
    command.add_argument("--verify", action="store_true", help="read the published file and all versions whole")
    command.add_argument(
        "--fail-if-older-than",
        type=hours,
        metavar="HOURS",
        help="exit with 1 if what is published is older, or if the last run was refused or failed",
    )


def _add_wait(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--wait",
        nargs="?",
        type=seconds,
        const=float("inf"),
        default=0,
        metavar="SECONDS",
        help="wait for a run that is at work (without SECONDS: as long as it takes)",
    )


def value(text: str) -> str:
    """A value given on the command line that is no path and no number."""
    if not text:
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def path(text: str) -> Path:
    """A path given on the command line."""
    return Path(value(text))


def share(text: str) -> float:
    """A share given on the command line."""
    return _number(text, "a number from 0 to 1", most=1)


def hours(text: str) -> float:
    """Hours given on the command line."""
    return _number(text, "a number of hours, such as 26")


def seconds(text: str) -> float:
    """Seconds given on the command line."""
    return _number(text, "a number of seconds, such as 60")


def pause(text: str) -> float:
    """Seconds between two looks, given on the command line."""
    return _number(text, "a number of seconds from 0.1 to 86400", least=0.1, most=86_400)


def count(text: str) -> int:
    """A count of at least one given on the command line."""
    return int(_number(text, "a whole number, at least 1", least=1, form=r"[0-9]+"))


def _number(
    text: str, what: str, least: float = 0, most: float = sys.float_info.max, form: str = r"[0-9]*\.?[0-9]+"
) -> float:
    """The number that a text states in plain digits; float() takes inf, nan, 1e400 and 1_0 for numbers, too."""
    if not re.fullmatch(form, text) or not least <= float(text) <= most:
        raise argparse.ArgumentTypeError(f"must be {what}")
    return float(text)


def _add_raw(command: argparse.ArgumentParser) -> None:
    command.add_argument("--raw", type=Path, metavar="DIR", help="folder of raw files (default: $RAW_DIR)")


def _add_source(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--source",
        action="append",
        metavar="NAME",
        help="what --raw is an export of, such as shopify, or the path of an adapter of your own; of several "
        "(--source shopify --source klaviyo) each has a folder of its name in --raw",
    )


def _add_db(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--db", type=Path, metavar="FILE", help="database (default: $SPINE_DB, else segment_spine.duckdb)"
    )


def _add_as_of(command: argparse.ArgumentParser, otherwise: str = "the last complete one") -> None:
    command.add_argument(
        "--as-of",
        metavar="YYYY-MM-DD",
        help=f"the business day to compute (default: $SPINE_AS_OF, else {otherwise})",
    )


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--rules",
        type=Path,
        metavar="DIR",
        help="folder of your own rule tables (CSV) and vars.yml, laid over the shipped ones",
    )
