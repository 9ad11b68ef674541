"""Opens the pages of `spine report` in a browser, as those who get them do, and says what is wrong with them.

    python benchmarks/browser.py [DATABASE | PAGE.html ...] [--out FOLDER]

Of a database it opens the reports of a day, a month and a quarter, with ids; without any it makes a small sample shop.
Each page is opened from its file in headless Chromium at the width of a desktop and of a phone, and printed, with and
without script. Nothing may leave the file, no error may be logged, axe-core may find nothing, and nothing may be wider
than the page. Screenshots and PDFs go to FOLDER. Writes benchmarks/browser.md; exits with 1 if anything is wrong.
Needs Chromium, node and npm; what it takes from npm is in a temporary folder, which is removed at the end.
"""

import argparse
import datetime
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from spine.errors import UsageError
from spine.publish.refresh import RefreshRequest, refresh
from spine.report.periods import PERIODS
from spine.report.report import write_report
from spine.sample.shop import generate_sample

REPORT = Path(__file__).with_suffix(".md")
SCRIPT = Path(__file__).with_suffix(".mjs")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = {"puppeteer-core": "24.43.1", "axe-core": "4.14.1"}
CUSTOMERS, DAYS, LAST_DAY = 1000, 40, datetime.date(2026, 6, 30)
PRINTED_PAGE = re.compile(rb"/Type\s*/Page\b")
HEADER = """\
# The report in a browser

Written by `make browser`{source}.
Each page is opened from its file in headless Chromium, with script and without: on a desktop (1,280 pixels wide), on a
phone (390) and as it is printed (A4, landscape). *Requests* are those for anything but the file itself, *errors* those
in the console, *too wide* is what goes beyond the edge of the page. axe looks at the page with everything unfolded;
*rules passed* are those of its rules that found something to judge, and nothing wrong.

Chromium {chromium}, npm {npm}, {packages}.

| page | KiB | view | script | requests | errors | too wide | axe violations | axe rules passed | printed pages |
|---|---|---|---|---|---|---|---|---|---|"""


def main() -> int:
    """Opens all pages and writes the report; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", type=Path, metavar="DATABASE | PAGE.html")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="for screenshots and PDFs (default: a new folder)")
    arguments = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not chromium or not shutil.which("npm"):
        parser.error(f"needs npm and a browser; none of {', '.join(CHROMIUM)} or no npm is on the PATH.")
    if missing := [str(source) for source in arguments.sources if not source.exists()]:
        parser.error(f"there is no {', no '.join(missing)}.")
    out = arguments.out or Path(tempfile.mkdtemp(prefix="spine-browser-"))
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="spine-browser-") as folder:
        modules = installed(Path(folder) / "npm")
        pages = [page for source in arguments.sources or [sample(Path(folder))] for page in pages_of(source, folder)]
        if not pages:
            parser.error("no page could be written.")
        found = {page: opened(chromium, modules, page, out) for page in pages}
        rows = [row for page, seen in found.items() for row in rows_of(page, seen, out)]
    faults = [fault for page, seen in found.items() for fault in faults_of(page.stem, seen)]
    source = "" if arguments.sources else f", of a sample shop of {CUSTOMERS:,} customers and a ledger of {DAYS} days"
    chromium_version = next(iter(found.values()))["chromium"]
    header = HEADER.format(source=source, chromium=chromium_version, npm=npm_version(), packages=versions())
    verdict = ["", "Nothing is wrong."] if not faults else ["", "## What is wrong", "", *(f"- {one}" for one in faults)]
    REPORT.write_text("\n".join([header, *rows, *verdict, ""]), encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8"))
    print(f"Screenshots and PDFs: {out}")
    return 1 if faults else 0


def sample(folder: Path) -> Path:
    """A small sample shop, published with the ledger of its last days.

    Raises RuntimeError where nothing was published.
    """
    raw, db = folder / "raw", folder / "shop.duckdb"
    generate_sample(raw, customers=CUSTOMERS, until=LAST_DAY)
    first = LAST_DAY - datetime.timedelta(days=DAYS - 1)
    request = RefreshRequest(db, raw, LAST_DAY, ledger_from=first, command="backfill")
    if not refresh(request, Console(quiet=True)).is_well:
        raise RuntimeError("a test failed, and nothing was published.")
    return db


def pages_of(source: Path, folder: str) -> Iterator[Path]:
    """The page that was named, or those of a database, as far as its ledger reaches back; these go to the folder."""
    if source.suffix == ".html":
        yield source.resolve()
        return
    for period in PERIODS:
        page = Path(folder) / f"{period}.html"
        try:
            write_report(source, page, period, with_ids=True)
        except UsageError as error:
            print(f"No page of a {period}: {error}")
        else:
            yield page


def installed(folder: Path) -> Path:
    """A folder into which npm has put the packages; none of their scripts were run."""
    folder.mkdir()
    names = [f"{name}@{version}" for name, version in PACKAGES.items()]
    options = ["--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(["npm", "install", *options, *names], check=True, stdout=subprocess.DEVNULL)
    return folder


def npm_version() -> str:
    """The version of npm."""
    return subprocess.run(["npm", "--version"], check=True, capture_output=True, text=True).stdout.strip()


def versions() -> str:
    """The packages from npm with their versions."""
    return ", ".join(f"{name} {version}" for name, version in PACKAGES.items())


def opened(chromium: str, modules: Path, page: Path, out: Path) -> dict:
    """What was seen of a page, one entry of `views` for each view, with script and without."""
    command = ["node", SCRIPT, chromium, modules, page, out]
    ended = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(ended.stdout)


def rows_of(page: Path, seen: dict, out: Path) -> Iterator[str]:
    """The lines of the table on a page."""
    printed = len(PRINTED_PAGE.findall((out / f"{page.stem}.pdf").read_bytes()))
    for one in seen["views"]:
        has_axe = one["has_script"] and one["view"] != "print"
        cells = (
            page.stem,
            f"{page.stat().st_size / 1024:,.0f}",
            one["view"],
            "yes" if one["has_script"] else "no",
            len(one["requests"]),
            len(one["errors"]),
            len(one["too_wide"]),
            len(one["axe"]) if has_axe else "",
            one["passes"] if has_axe else "",
            printed if one["has_script"] and one["view"] == "print" else "",
        )
        yield f"| {' | '.join(map(str, cells))} |"


def faults_of(name: str, seen: dict) -> Iterator[str]:
    """What is wrong with a page, each fault in a line."""
    for one in seen["views"]:
        where = f"{name}, {one['view']}, {'with' if one['has_script'] else 'without'} script"
        yield from (f"{where}: a request for `{url}`" for url in one["requests"])
        yield from (f"{where}: an error in the console: `{text}`" for text in one["errors"])
        if one["width"] > one["limit"] or one["too_wide"]:
            wide = ", ".join(f"`{name}`" for name in one["too_wide"])
            yield f"{where}: {one['width']} pixels wide, {one['limit']} fit: {wide}"
        yield from (
            f"{where}: {two['rule']} ({two['impact']}), {two['help']}: `{two['selector']}`" for two in one["axe"]
        )


if __name__ == "__main__":
    sys.exit(main())
