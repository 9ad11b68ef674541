"""The house rules, each a function over dbt's manifest, and the exceptions from them, each with its reason.

The rules are those of dbt-project-evaluator as they apply here, and those of this project. A rule yields
what breaks it as (subject, what is wrong); a subject is the name of a node, or "child <- parent" where an
arrow is at fault.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

from conftest import PROJECT_DIR

Findings = Iterator[tuple[str, str]]


class Exempt(NamedTuple):
    """A subject that may break a rule, and why; `*` stands for any letters."""

    rule: str
    subject: str
    why: str


EXCEPTIONS = [
    Exempt(
        "source_has_one_reader",
        "stg_source_row_counts",
        "counts the raw rows that the others must account for",
    ),
    Exempt("no_join_of_source_and_model", "base_orders", "an order without a rate for its day is set aside"),
    Exempt("no_join_of_source_and_model", "base_refunds", "a refund is known or set aside by its order"),
    Exempt(
        "arrows_run_rightwards",
        "base_orders <- stg_exchange_rates",
        "a rate is looked up, no chain of staging",
    ),
    Exempt("arrows_run_rightwards", "base_*_exceptions <- base_*", "the base models of large tables are views"),
    Exempt(
        "arrows_run_rightwards",
        "segment_changes <- segment_membership_history",
        "a view of the ledger: to hold the same rows twice would double what is published",
    ),
    Exempt("few_chained_views", "int_events_resolved", "large tables stay views, from the input to what is grouped"),
    Exempt("arrows_run_rightwards", "base_refunds <- stg_orders", "a refund is known or set aside by its order"),
    Exempt("no_rejoin", "int_customer_erasures", "tested by itself: an erasure outweighs every later consent"),
    Exempt("no_rejoin", "int_customer_repeat_views", "has a grain of its own, customer and product, on the way"),
    Exempt("no_rejoin", "int_customer_*clause_results", "tested by itself: what a clause says of a value"),
    Exempt("no_rejoin", "int_row_trait_events", "has a grain of its own on the way, the kind of event"),
    Exempt("no_rejoin", "int_premise_*", "one step each of asking what would be if the old lines still held"),
    Exempt("no_rejoin", "int_old_value_tiers", "has a grain of its own, the tier of before"),
    Exempt("no_rejoin", "int_customer_recent_activities", "has a grain of its own on the way, customer and activity"),
    Exempt("no_rejoin", "int_customer_id_changes", "has a grain of its own on the way, the id"),
    Exempt("few_parents", "int_customer_ids", "every table that names a customer is one"),
    Exempt("few_parents", "int_customer_traits", "the one wide row of traits; each parent has the same grain"),
    Exempt("no_rejoin", "int_shared_withdrawals", "has a grain of its own on the way, the shared identifier"),
    Exempt("few_parents", "data_quality", "what is measured elsewhere; a union, no join"),
    Exempt("few_parents", "int_differing_versions", "looks at every table; a union, no join"),
    Exempt("few_parents", "int_orphan_ids", "looks at every table; a union, no join"),
    Exempt("few_parents", "int_late_rows", "looks at every table; a union, no join"),
    Exempt("no_rejoin", "int_source_freshness", "has a grain of its own, the watched table; tests read it too"),
    Exempt("few_parents", "int_feed_freshness", "looks at every table; a union, no join"),
    Exempt("few_parents", "int_column_quality", "looks at every table; a union, no join"),
    Exempt("few_parents", "int_quarantined_rows", "looks at every table; a union, no join"),
    Exempt("few_parents", "int_source_reconciliation", "looks at every table; a union, no join"),
    Exempt("few_parents", "stg_source_row_counts", "looks at every table; a union, no join"),
    Exempt(
        "compiling_reads_no_data",
        "require_settings_of_the_database",
        "asks what the database was built with; only before a run",
    ),
    Exempt("compiling_reads_no_data", "is_there", "asks whether a table is there; only before a run"),
    Exempt("edges_are_read", "int_customer_ids", "has tests hold back all that is about customers"),
    Exempt(
        "rules_enter_where_decided",
        "int_customer_category_affinity <- affinity_weights",
        "the weights of a sum",
    ),
    Exempt("features_read_the_waist", "int_customers <- stg_refunds", "a customer may be known by a refund alone"),
    Exempt("keys_are_tested", "base_*", "holds every raw row, doubles and rows without a key too"),
    Exempt("keys_are_tested", "stg_events", "a view over the input; exceptional_keys_are_staged_once proves its keys"),
    Exempt(
        "keys_are_tested", "stg_order_items", "a view over the input; exceptional_keys_are_staged_once proves its keys"
    ),
    Exempt(
        "keys_are_tested", "int_customer_purchases", "the lines of stg_order_items, whose keys are proven, each once"
    ),
    Exempt("keys_are_tested", "int_customer_order_gaps", "a row for each of int_customer_order_days but the first"),
    Exempt(
        "keys_are_tested", "int_orders_resolved", "a view of orders joined by customer ids; the keys of both are tested"
    ),
    Exempt("keys_are_tested", "stg_history_*", "was tested when it was published"),
    Exempt("keys_are_tested", "int_history_day", "is a single row"),
    Exempt("keys_are_tested", "int_value_tier_cut_points", "ends in a group by, in a macro"),
    Exempt("keys_are_tested", "int_segment_stays", "the mart of the same rows has its key tested"),
    Exempt("keys_are_tested", "int_segment_daily", "the mart of the same rows has its key tested"),
    Exempt("keys_are_tested", "int_segment_members", "the mart of the same rows has its key tested"),
    Exempt("keys_are_tested", "int_customer_recent_events", "rows of events whose keys are proven, each once"),
    Exempt("keys_are_tested", "int_events_resolved", "a view of events whose keys are proven, each once"),
    Exempt("keys_are_tested", "stg_consent_versions", "holds every version of a record, and two may be alike"),
    Exempt("keys_are_tested", "int_consent_records", "holds every version of a record, and two may be alike"),
    Exempt("keys_are_tested", "int_quarantined_rows", "rows that were set aside may be alike, or have no key"),
    Exempt("keys_are_tested", "quarantined_rows", "rows that were set aside may be alike, or have no key"),
    Exempt("keys_are_tested", "int_customer_*clause_results", "views of values times clauses, whose keys are tested"),
    Exempt("keys_are_tested", "int_row_traits*", "the rows of traits.csv, whose key is tested"),
    Exempt("keys_are_tested", "customer_traits", "rows of int_customer_row_traits, whose key is tested"),
]


def is_exempt(rule: str, subject: str) -> bool:
    """Whether a listed exception allows the subject to break the rule."""
    return any(one.rule == rule and fnmatchcase(subject, one.subject) for one in EXCEPTIONS)


LAYERS = ["source", "seed", "base", "staging", "intermediate", "marts"]
PREFIXES = {"base": "base_", "staging": "stg_", "intermediate": "int_", "marts": ""}
TOPICS = {
    "intermediate": [
        "identity",
        "activity",
        "features",
        "traits",
        "scoring",
        "consent",
        "segmentation",
        "quality",
        "history",
    ],
    "marts": ["customers", "segments", "history", "health", "activation", "experiments", "planning"],
}
# Where a line is drawn: statuses in staging, junk in identity, the rest further to the right.
DECIDING = ["base", "staging", "identity", "traits", "scoring", "consent", "segmentation", "quality", "history"]
# The tables that grow with every click and sale; int_customer_*_days and int_customer_purchases stand for them.
LARGE_TABLES = ["stg_events", "stg_orders", "stg_order_items", "stg_refunds"]
# Tests that fail where two rows share a key, or one has none.
KEY_TESTS = {"primary_key", "states_every_customer", "well_formed_rules"}
MOST_LEAF_CHILDREN = 2
MOST_PARENTS = 7
MOST_CHAINED_VIEWS = 2
MOST_LINES = 130
MANY_LINES = 100

CLOCKS = re.compile(
    r"\b(current_date|current_time|current_timestamp|localtimestamp|getdate|sysdate|transaction_timestamp)\b"
    r"|\b(now|today|random|rand|uuid|gen_random_uuid|get_current_timestamp)\s*\(",
    re.IGNORECASE,
)
# What only DuckDB says, or says in its own way: it stands in macros/engine, behind adapter.dispatch.
ENGINE_ONLY = re.compile(
    r"::|//"
    r"|\b(list_\w+|struct_pack|unnest|regexp_full_match|regexp_matches|regexp_extract\w*|regexp_replace|try_cast"
    r"|date_diff|datediff|date_add|date_trunc|string_agg|listagg|group_concat|quantile\w*|percentile\w*|median"
    r"|approx_\w+|strptime|try_strptime|strftime|to_timestamp|epoch\w*|make_timestamp|json_\w+|to_json|arg_max"
    r"|arg_min|max_by|min_by|any_value|read_csv\w*|read_parquet|columns|generate_series|range|typeof|split_part"
    r"|string_split|hash|md5)\s*\("
    r"|\b(using\s+key|qualify|group\s+by\s+all|order\s+by\s+all|filter\s*\(|asof\s+join|at\s+time\s+zone|pivot"
    r"|unpivot|lambda|exclude\s*\(|ilike|similar\s+to)",
    re.IGNORECASE,
)
HARD_CODED = re.compile(r'\b(?:from|join)\s+(?:"?\w+"?\.)?"?(raw|rules|staging|intermediate|marts|main)"?\s*\.', re.I)
# What makes a model depend on its own past, or lets dbt do so.
READS_ITS_PAST = re.compile(
    r"\b(is_incremental\s*\(|incorporate\s*\(|this\b|should_full_refresh|get_incremental_\w+|snapshot\b)"
)
REFERS = re.compile(r"\b(?:ref|source)\s*\(")
MANY_CONSTANTS = re.compile(r"\bin\s*\(\s*'[^']*'(?:\s*,\s*'[^']*'){4,}", re.IGNORECASE)
READS_DATA = re.compile(r"\b(run_query|get_column_values|load_result|call\s+statement|agate)\b")
PLACEHOLDER = re.compile(r"^\W*$|\?|\b(todo|tbd|fixme|xxx)\b", re.IGNORECASE)
USED_VAR = re.compile(r"\b(?:var|whole_number|share|flag)\(\s*'(\w+)'")
SIGNATURE = re.compile(r"\{%-?\s*(?:macro|test)\s+\w+\s*\(([^)]*)\)", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", re.DOTALL)
JINJA = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
JINJA_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
TEXT_LITERAL = re.compile(r"'[^'\n]*'")


@dataclass
class Project:
    """A manifest, and what it does not hold: the vars of dbt_project.yml and the headers of the seeds."""

    manifest: dict
    declared_vars: list[str] = field(default_factory=list)
    headers: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def models(self) -> list[dict]:
        return [node for node in self._own("nodes") if node["resource_type"] == "model"]

    @cached_property
    def seeds(self) -> list[dict]:
        return [node for node in self._own("nodes") if node["resource_type"] == "seed"]

    @cached_property
    def tests(self) -> list[dict]:
        return [node for node in self._own("nodes") if node["resource_type"] == "test"]

    @cached_property
    def sources(self) -> list[dict]:
        return self._own("sources")

    @cached_property
    def exposures(self) -> list[dict]:
        return self._own("exposures")

    @cached_property
    def macros(self) -> list[dict]:
        return self._own("macros")

    def parents(self, model: dict) -> list[dict]:
        """What a model reads, sources and seeds too, each once."""
        return [self._nodes[parent] for parent in dict.fromkeys(model["depends_on"]["nodes"])]

    @cached_property
    def children(self) -> dict[str, list[dict]]:
        """The models that read a node, by the id of the node."""
        children = defaultdict(list)
        for model in self.models:
            for parent in self.parents(model):
                children[parent["unique_id"]].append(model)
        return children

    @cached_property
    def code(self) -> dict[str, tuple[str, str]]:
        """Path and text, without comments, of every model and macro, by name."""
        texts = {model["name"]: (model["original_file_path"], model["raw_code"]) for model in self.models}
        texts |= {macro["name"]: (macro["original_file_path"], macro["macro_sql"]) for macro in self.macros}
        return {name: (path, COMMENT.sub("", text)) for name, (path, text) in texts.items()}

    @cached_property
    def _nodes(self) -> dict[str, dict]:
        return self.manifest["nodes"] | self.manifest["sources"]

    def _own(self, kind: str) -> list[dict]:
        package = self.manifest["metadata"]["project_name"]
        return [node for node in self.manifest[kind].values() if node["package_name"] == package]


def layer(node: dict) -> str:
    """The layer of a node, by its folder."""
    if node["resource_type"] in ("source", "seed"):
        return node["resource_type"]
    folders = Path(node["original_file_path"]).parts[1:-1]
    return "base" if "base" in folders else folders[0] if folders else ""


def topic(node: dict) -> str:
    """The folder a model lies in."""
    return Path(node["original_file_path"]).parent.name


def read_headers(manifest: dict, project_dir: Path) -> dict[str, list[str]]:
    """The header of every seed's file."""
    headers = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "seed":
            with (project_dir / node["original_file_path"]).open(encoding="utf-8", newline="") as file:
                headers[node["name"]] = next(csv.reader(file))
    return headers


# Sources, layers and arrows


def only_staging_reads_sources(project: Project) -> Findings:
    for model in project.models:
        if layer(model) not in ("base", "staging") and any(layer(p) == "source" for p in project.parents(model)):
            yield model["name"], "reads a source, but is not of staging"


def sources_are_read(project: Project) -> Findings:
    for source in project.sources:
        if not project.children[source["unique_id"]]:
            yield source["name"], "is read by nothing"


def source_has_one_reader(project: Project) -> Findings:
    for source in project.sources:
        readers = [model["name"] for model in project.children[source["unique_id"]]]
        own = [name for name in (f"base_{source['name']}", f"stg_{source['name']}") if name in readers]
        for name in readers:
            if name != (own or readers)[0]:
                yield name, f"is a second reader of the source {source['name']}"


def no_join_of_source_and_model(project: Project) -> Findings:
    for model in project.models:
        layers = {layer(parent) for parent in project.parents(model)}
        if "source" in layers and layers & set(PREFIXES):
            yield model["name"], "reads a source and a model"


def arrows_run_rightwards(project: Project) -> Findings:
    """A model reads what lies to its left; marts read the layer next to them only; no staging on staging."""
    for model in project.models:
        own = LAYERS.index(layer(model))
        for parent in project.parents(model):
            other = LAYERS.index(layer(parent))
            is_left = other <= own if layer(model) == "intermediate" else other < own
            is_near = layer(model) != "marts" or layer(parent) == "intermediate"
            if not (is_left and is_near):
                yield f"{model['name']} <- {parent['name']}", f"{layer(model)} reads {layer(parent)}"


def no_root_models(project: Project) -> Findings:
    for model in project.models:
        if not project.parents(model):
            yield model["name"], "reads nothing"


def no_dead_ends(project: Project) -> Findings:
    for model in project.models:
        if layer(model) != "marts" and not project.children[model["unique_id"]]:
            tested = [test for test in project.tests if model["unique_id"] in test["depends_on"]["nodes"]]
            if not any("test_metadata" not in test or not test["test_metadata"] for test in tested):
                yield model["name"], "is read by no model and no test of its own"


def no_fan_out(project: Project) -> Findings:
    for model in project.models:
        leaves = [child for child in project.children[model["unique_id"]] if not project.children[child["unique_id"]]]
        if len(leaves) > MOST_LEAF_CHILDREN:
            yield model["name"], f"has {len(leaves)} children that nothing reads"


def no_rejoin(project: Project) -> Findings:
    """What only one model reads, and that model reads its parent too, could be a CTE there."""
    for model in project.models:
        readers = project.children[model["unique_id"]]
        if len(readers) == 1:
            read_again = {parent["name"] for parent in project.parents(readers[0])}
            if shared := sorted(
                p["name"] for p in project.parents(model) if p["name"] in read_again and p in project.models
            ):
                yield (
                    model["name"],
                    f"only {readers[0]['name']} reads it, and that reads {', '.join(shared)} too",
                )


def few_parents(project: Project) -> Findings:
    for model in project.models:
        if len(project.parents(model)) > MOST_PARENTS:
            yield model["name"], f"reads {len(project.parents(model))} tables"


def few_chained_views(project: Project) -> Findings:
    def depth(node: dict) -> int:
        if node["resource_type"] != "model" or node["config"]["materialized"] not in ("view", "ephemeral"):
            return 0
        return 1 + max(map(depth, project.parents(node)), default=0)

    for model in project.models:
        if depth(model) > MOST_CHAINED_VIEWS:
            yield model["name"], f"is the last of {depth(model)} views in a chain"


def rules_enter_where_decided(project: Project) -> Findings:
    for model in project.models:
        if layer(model) == "staging" or topic(model) in DECIDING:
            continue
        for parent in project.parents(model):
            if layer(parent) == "seed":
                yield f"{model['name']} <- {parent['name']}", f"{topic(model)} draws no lines"


def features_read_the_waist(project: Project) -> Findings:
    for model in project.models:
        if topic(model) in ("features", "scoring", "segmentation"):
            for parent in project.parents(model):
                if parent["name"] in LARGE_TABLES:
                    yield f"{model['name']} <- {parent['name']}", "reads a large table past the waist"


# Names and folders


def names_say_the_layer(project: Project) -> Findings:
    for model in project.models:
        prefix = PREFIXES.get(layer(model))
        if prefix is None or not re.fullmatch(rf"{prefix}[a-z][a-z0-9_]*", model["name"]):
            yield model["name"], f"is not named as one of {layer(model)}"
        elif not prefix and model["name"].startswith(("base_", "stg_", "int_", "fct_", "dim_")):
            yield model["name"], "is a mart with a prefix"


def folders_are_layers_and_topics(project: Project) -> Findings:
    for model in project.models:
        folders = Path(model["original_file_path"]).parts[1:-1]
        allowed = [("staging",), ("staging", "base"), ("staging", "history")]
        allowed += [(name, one) for name, topics in TOPICS.items() for one in topics]
        if folders not in allowed:
            yield model["name"], f"lies in {'/'.join(folders)}"


def one_yaml_per_folder(project: Project) -> Findings:
    for node in (*project.models, *project.seeds):
        folder = Path(node["original_file_path"]).parent
        expected = folder / f"_{folder.name}.yml"
        if (node.get("patch_path") or "").partition("://")[2] != str(expected):
            yield node["name"], f"is not described in {expected}"


# Documentation


def _undescribed(thing: dict, what: str) -> Iterator[str]:
    if PLACEHOLDER.search(thing.get("description") or ""):
        yield what


def _undescribed_columns(node: dict) -> Iterator[str]:
    if not node["columns"]:
        yield "has no columns"
    for name, column in node["columns"].items():
        yield from _undescribed(column, f"column {name} has no description")


def descriptions_name_the_grain(project: Project) -> Findings:
    for node in (*project.models, *project.seeds):
        if not (node["description"] or "").startswith("One row per "):
            yield node["name"], "has a description that does not begin with One row per"


def all_is_described(project: Project) -> Findings:
    for node in (*project.models, *project.seeds, *project.sources):
        for fault in (*_undescribed(node, "has no description"), *_undescribed_columns(node)):
            yield node["name"], fault


def macros_are_described(project: Project) -> Findings:
    """An implementation for one engine is described where it is dispatched from."""
    for macro in project.macros:
        if re.match(r"(duckdb|spark|default)__", macro["name"]):
            continue
        for fault in _undescribed(macro, "has no description"):
            yield macro["name"], fault
        # dbt does not see the arguments of a generic test and refuses their description.
        if macro["name"].startswith("test_"):
            continue
        signature = SIGNATURE.search(macro["macro_sql"])
        inside = re.sub(r"=\s*(\[[^\]]*\]|[^,]*)", "", signature.group(1)) if signature else ""
        named = [name.strip() for name in inside.split(",") if name.strip()]
        described = [argument["name"] for argument in macro["arguments"]]
        if named != described:
            yield macro["name"], f"takes {named}, described are {described}"
        for argument in macro["arguments"]:
            for fault in _undescribed(argument, f"argument {argument['name']} has no description"):
                yield macro["name"], fault


def seeds_are_typed(project: Project) -> Findings:
    for seed in project.seeds:
        header = project.headers[seed["name"]]
        if list(seed["columns"]) != header:
            yield seed["name"], "has columns in its file that are not the described ones, or in another order"
        if set(seed["config"]["column_types"]) != set(header):
            yield seed["name"], "has columns without a type in column_types, or the reverse"


# Tests and contracts


def keys_are_tested(project: Project) -> Findings:
    """A model that ends in a `group by` has one row per group by construction; of all others the key is tested."""
    for node in (*project.models, *project.seeds):
        if re.search(r"^group by ", node.get("raw_code", "").rpartition("\n)\n")[2], re.MULTILINE):
            continue
        columns = defaultdict(set)
        for test in project.tests:
            if test.get("attached_node") == node["unique_id"] and test.get("test_metadata"):
                columns[test.get("column_name")].add(test["test_metadata"]["name"])
        names = set().union(*columns.values()) if columns else set()
        if not names & KEY_TESTS and not any({"unique", "not_null"} <= tested for tested in columns.values()):
            yield node["name"], "has no test of its key"


def rule_tables_are_well_formed(project: Project) -> Findings:
    for seed in project.seeds:
        names = [
            test["test_metadata"]["name"]
            for test in project.tests
            if test.get("attached_node") == seed["unique_id"] and test.get("test_metadata")
        ]
        if "well_formed_rules" not in names:
            yield seed["name"], "is not tested for blank cells, shared keys and overlapping versions"


def marts_are_contracted(project: Project) -> Findings:
    for model in project.models:
        if model["access"] != "public":
            continue
        if not model["config"]["contract"]["enforced"]:
            yield model["name"], "is public without an enforced contract"
        for name, column in model["columns"].items():
            if not column["data_type"]:
                yield model["name"], f"column {name} has no data_type"
        if "as_of_date" not in model["columns"]:
            yield model["name"], "has no as_of_date"


def access_follows_the_layer(project: Project) -> Findings:
    wanted = {"marts": "public", "intermediate": "private", "staging": "protected", "base": "protected"}
    for model in project.models:
        if model["access"] != wanted.get(layer(model)):
            yield model["name"], f"is {model['access']} in {layer(model)}"


def owners_are_named(project: Project) -> Findings:
    groups = {group["name"]: group["owner"] for group in project.manifest["groups"].values()}
    for name, owner in groups.items():
        if not (owner.get("name") and owner.get("email")):
            yield name, "is a group without an owner's name and address"
    for model in project.models:
        if layer(model) in ("intermediate", "marts") and model["group"] not in groups:
            yield model["name"], "belongs to no group"


def exposures_read_marts(project: Project) -> Findings:
    if not project.exposures:
        yield "exposures", "there are none"
    for exposure in project.exposures:
        for parent in exposure["depends_on"]["nodes"]:
            if layer(project._nodes[parent]) != "marts":
                yield exposure["name"], f"reads {parent}, which is no mart"
        if PLACEHOLDER.search(exposure["description"] or "") or not exposure["owner"].get("name"):
            yield exposure["name"], "has no description or no owner"


# The text of models and macros


def no_hard_coded_tables(project: Project) -> Findings:
    for name, (_, text) in project.code.items():
        if found := HARD_CODED.search(text):
            yield name, f"names a table by its schema: {found.group(0)}"


def nobody_looks_at_the_clock(project: Project) -> Findings:
    for name, (path, text) in project.code.items():
        if found := CLOCKS.search(text):
            yield name, f"is not the same every day: {found.group(0)}"
        if "run_started_at" in text and path != "macros/as_of_date.sql":
            yield name, "looks at run_started_at; as_of_date() alone does"


def engines_differ_in_one_place(project: Project) -> Findings:
    for name, (path, text) in project.code.items():
        if path.startswith("macros/engine/"):
            continue
        # The SQL around Jinja without its literals, and the SQL in Jinja, which is its literals.
        sql = TEXT_LITERAL.sub("''", JINJA.sub("", text))
        pasted = [literal for jinja in JINJA.findall(text) for literal in JINJA_LITERAL.findall(jinja)]
        for found in filter(None, map(ENGINE_ONLY.search, [sql, *pasted])):
            yield name, f"says {found.group(0).strip()} outside macros/engine"


def few_constants_are_compared(project: Project) -> Findings:
    """DuckDB makes a join of `in` with five constants or more, and keeps it where nobody asks for what it decides."""
    for name, (_, text) in project.code.items():
        if found := MANY_CONSTANTS.search(text):
            yield name, f"is a join of all rows in DuckDB; say is_listed: {found.group(0)}"


def compiling_reads_no_data(project: Project) -> Findings:
    for name, (_, text) in project.code.items():
        if found := READS_DATA.search(text):
            yield name, f"reads data while dbt compiles: {found.group(0)}"


def tables_are_made_whole(project: Project) -> Findings:
    """A model makes its whole table from what it reads, on every run: it is not incremental and never reads itself."""
    for name, (_, text) in project.code.items():
        jinja = " ".join(JINJA.findall(text))
        if found := READS_ITS_PAST.search(jinja):
            yield name, f"reads what an earlier run has left: {found.group(0)}"
    for model in project.models:
        if model["config"]["materialized"] not in ("table", "view"):
            yield model["name"], f"is {model['config']['materialized']}, and no table or view"


def macros_name_no_model(project: Project) -> Findings:
    """A macro is given the relations that it reads, so that each arrow between models is seen in a model."""
    for macro in project.macros:
        path, text = project.code[macro["name"]]
        found = [model["name"] for model in _named_models(project, text)] + REFERS.findall(text)
        if path.startswith("macros/") and found:
            yield macro["name"], f"names a model: {found[0]}"


def _named_models(project: Project, text: str) -> list[dict]:
    """The models whose names stand in a text; of marts, many are called like raw tables, and they are left out."""
    words = set(re.findall(r"\w+", text))
    return [model for model in project.models if model["name"] in words and layer(model) != "marts"]


def no_circles(project: Project) -> Findings:
    """Models and macros together form no circle: what a node reads, calls or names lies before it."""
    before = {}
    for node in (*project.models, *project.macros):
        depends_on = node.get("depends_on", {})
        # A macro may call itself: the one of another project under the same name.
        before[node["unique_id"]] = [
            one for one in (*depends_on.get("nodes", []), *depends_on.get("macros", [])) if one != node["unique_id"]
        ]
    for macro in project.macros:
        named = _named_models(project, project.code[macro["name"]][1])
        before[macro["unique_id"]] += [model["unique_id"] for model in named]
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        names = [unique_id.split(".")[-1] for unique_id in error.args[1]]
        for name in sorted(set(names)):
            yield name, f"is in a circle: {' -> '.join(names)}"


def edges_are_read(project: Project) -> Findings:
    """A `-- depends_on` is an arrow that no SQL follows."""
    for model in project.models:
        if "depends_on:" in model["raw_code"]:
            yield model["name"], "depends on a table without reading it"


def models_are_short(project: Project) -> Findings:
    for model in project.models:
        if (lines := model["raw_code"].strip().count("\n") + 1) > MOST_LINES:
            yield model["name"], f"has {lines} lines"


def vars_are_declared_and_used(project: Project) -> Findings:
    texts = [text for _, text in project.code.values()] + [COMMENT.sub("", test["raw_code"]) for test in project.tests]
    used = {name for text in texts for name in USED_VAR.findall(text)}
    for name in sorted(used - set(project.declared_vars)):
        yield name, "is a var that dbt_project.yml does not declare"
    selects = [path.read_text(encoding="utf-8") for path in PROJECT_DIR.glob("adapters/*/*.sql")]
    of_adapters = {name for text in selects for name in USED_VAR.findall(text)}
    for name in sorted(set(project.declared_vars) - used - of_adapters):
        yield name, "is a var that nothing uses"


RULES: dict[str, Callable[[Project], Findings]] = {
    rule.__name__: rule
    for rule in [
        only_staging_reads_sources,
        sources_are_read,
        source_has_one_reader,
        no_join_of_source_and_model,
        arrows_run_rightwards,
        no_root_models,
        no_dead_ends,
        no_fan_out,
        no_rejoin,
        few_parents,
        few_chained_views,
        rules_enter_where_decided,
        features_read_the_waist,
        names_say_the_layer,
        folders_are_layers_and_topics,
        one_yaml_per_folder,
        descriptions_name_the_grain,
        all_is_described,
        macros_are_described,
        seeds_are_typed,
        keys_are_tested,
        rule_tables_are_well_formed,
        marts_are_contracted,
        access_follows_the_layer,
        owners_are_named,
        exposures_read_marts,
        no_hard_coded_tables,
        nobody_looks_at_the_clock,
        engines_differ_in_one_place,
        few_constants_are_compared,
        compiling_reads_no_data,
        tables_are_made_whole,
        macros_name_no_model,
        no_circles,
        edges_are_read,
        models_are_short,
        vars_are_declared_and_used,
    ]
}
