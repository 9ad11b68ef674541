"""`spine check`: the project's YAML against dbt's own schemas, and the rule tables against their tests."""

import datetime
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dbt
import jsonschema
import yaml
from jsonschema.exceptions import best_match
from rich.console import Console

from spine.errors import SpineError
from spine.raw.currency import NO_CURRENCY
from spine.raw.folder import release_landings
from spine.run.build import NO_ARTIFACTS, BuildRequest, run_dbt
from spine.run.project import DEFAULT_DB, PROJECT_DIR, days_of_change, fault_of_yaml
from spine.run.summary import problems

MART_OF_TRAITS = "customers"
YAML_FOLDERS = ("models", "seeds", "macros", "analyses")


class YamlFaults(SpineError):
    """YAML that dbt would misread or pass over in silence."""

    exit_code = 1


def check_yaml() -> None:
    """Validates dbt_project.yml and every properties file against the JSON schemas that dbt ships.

    Each trait must be a column of `marts.customers` as well. Raises YamlFaults naming file, place and fault.
    """
    resources = _schema("resources")
    schemas = {PROJECT_DIR / "dbt_project.yml": _schema("project")}
    for folder in YAML_FOLDERS:
        schemas |= dict.fromkeys(sorted((PROJECT_DIR / folder).rglob("*.yml")), resources)
    faults, documents = [], {}
    for path, schema in schemas.items():
        try:
            document = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError as error:
            faults.append(f"{path.relative_to(PROJECT_DIR)}: is not YAML: {fault_of_yaml(error)}")
            continue
        documents[path.relative_to(PROJECT_DIR)] = document
        faults += _faults(path.relative_to(PROJECT_DIR), document, schema)
    if faults := faults or list(_traits_without_a_place(documents)):
        raise YamlFaults("\n".join(faults))


def _traits_without_a_place(documents: dict[Path, dict]) -> Iterator[str]:
    """Which columns `marts.customers` must still have under contract: it takes every trait."""
    found, of_traits, listed_in = {}, {}, ""
    for path, document in documents.items():
        # The key `models` of dbt_project.yml holds settings.
        for model in document.get("models", []) if path.parts[0] == "models" else []:
            columns = {column["name"]: column.get("data_type") for column in model.get("columns", [])}
            found[model["name"]] = path, columns
            if model.get("config", {}).get("meta", {}).get("lists_traits"):
                listed_in, of_traits = path, columns
    name, of_mart = found.get(MART_OF_TRAITS, ("models", {}))
    if not of_traits:
        yield "models: no model lists the traits; `meta: {lists_traits: true}` marks the one whose columns they are."
    for trait, data_type in of_traits.items():
        if of_mart.get(trait) != data_type:
            wrong = f"has {trait} as {of_mart[trait]}" if trait in of_mart else f"lacks {trait}"
            yield f"{name}: {MART_OF_TRAITS} {wrong}: the trait of {listed_in} must be a column of type {data_type}"


def _schema(kind: str) -> dict:
    """The newest schema of dbt's wheel."""
    path = Path(dbt.__path__[0]) / "jsonschemas" / kind / "latest.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _faults(name: Path, document: object, schema: dict) -> list[str]:
    # The best match is the fault inside an object that may have one of several shapes.
    errors = [best_match([error]) for error in jsonschema.Draft7Validator(schema).iter_errors(document)]
    return [f"{name}: {error.json_path}: {error.message[:200]}" for error in errors]


def check_rules(rules_dir: Path | None, console: Console, raw_dir: Path | None = None) -> bool:
    """Runs the tests of the rule tables in a database of its own, printing faulty rows; whether all pass.

    They run as of today and of every day on which a rule begins or has ended, past and to come: a gap between
    two versions must not wait for its day. With a raw folder that keeps the contract, values that rules name are
    looked for in it.

    Raises UsageError for an unusable rules folder.
    """
    today = datetime.date.today()
    is_good = True
    with tempfile.TemporaryDirectory(prefix="spine-check-") as folder:
        for day in sorted({today, *days_of_change(rules_dir)}, key=lambda day: (day != today, day)):
            place = Path(folder) / day.isoformat()
            place.mkdir()
            looks_at_input = raw_dir is not None and day == today
            # The name that a build has if no other is given: what dbt has parsed for that serves here, too.
            request = BuildRequest(
                db=place / DEFAULT_DB,
                as_of=day,
                raw_dir=raw_dir if looks_at_input else None,
                rules_dir=rules_dir,
                currency=NO_CURRENCY,  # no test of rules looks at money
            )
            tags = ["+tag:rules", *(["tag:rules_and_input"] if looks_at_input else [])]
            # cautious: only tests whose tables are all there
            arguments = ["build", NO_ARTIFACTS, "--select", *tags, "--indirect-selection", "cautious"]
            try:
                results = run_dbt(arguments, request, console, quiet=True)
            finally:
                release_landings()
            said = problems(results, request.db)
            if said and day != today:
                console.print(f"as of {day}, when rules begin or have ended:")
            for line in said:
                console.print(line, soft_wrap=True)
            if not all(result.is_good for result in results):
                is_good = False
                if day == today:
                    break  # the other days would mostly say the same again
    return is_good
