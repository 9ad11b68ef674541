"""The house rules over dbt's manifest; and each rule over a small project that breaks it."""

import copy
import json
import warnings
from fnmatch import fnmatchcase

import duckdb
import pytest
import sqlglot
import yaml
from conftest import PROJECT_DIR, once, run_dbt
from house_rules import EXCEPTIONS, MANY_LINES, RULES, Project, is_exempt, read_headers
from sqlglot import exp


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """The project as dbt parses it."""

    def parse(folder):
        outcome = run_dbt("parse", "--no-partial-parse", scratch=folder, SPINE_DB=":memory:")
        assert outcome.code == 0, outcome.all_text[-3000:]

    folder = once(tmp_path_factory, "manifest", parse)
    manifest = json.loads((folder / "target/manifest.json").read_text(encoding="utf-8"))
    declared = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    return Project(manifest, list(declared), read_headers(manifest, PROJECT_DIR))


@pytest.mark.parametrize("rule", RULES)
def test_the_project_keeps_the_rule(rule, project):
    broken = [f"{subject} {fault}" for subject, fault in RULES[rule](project) if not is_exempt(rule, subject)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("exempt", EXCEPTIONS, ids=lambda one: f"{one.rule}: {one.subject}")
def test_an_exception_is_needed_and_has_a_reason(exempt, project):
    assert exempt.why
    assert any(fnmatchcase(subject, exempt.subject) for subject, _ in RULES[exempt.rule](project))


def test_long_models_are_named(project):
    for model in project.models:
        if (lines := model["raw_code"].strip().count("\n") + 1) > MANY_LINES:
            warnings.warn(f"{model['name']} has {lines} lines; more than {MANY_LINES} is long", stacklevel=1)


def tables_read(sql: str) -> set[tuple[str, str]]:
    """Schema and name of each table that a query reads, without its own common table expressions."""
    parsed = sqlglot.parse_one(sql, read="duckdb")
    # DuckDB calls what a recursion has found so far by the schema `recurring`.
    own = {(schema, expression.alias) for expression in parsed.find_all(exp.CTE) for schema in ("", "recurring")}
    tables = [table for table in parsed.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    return {(table.db, table.name) for table in tables} - own


def test_models_read_nothing_that_dbt_does_not_know_of(built):
    """A table that is named past `ref` and `source` is read before it is made, or as an earlier run has left it."""
    manifest = json.loads((built.db.parent / "target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = manifest["nodes"] | manifest["sources"]
    hidden = {}
    for model in (node for node in manifest["nodes"].values() if node["resource_type"] == "model"):
        parents = [nodes[parent] for parent in model["depends_on"]["nodes"]]
        known = {(parent["schema"], parent.get("identifier") or parent["alias"]) for parent in parents}
        if found := tables_read(model["compiled_code"]) - known:
            hidden[model["name"]] = found
    assert not hidden


def test_a_hidden_read_is_found():
    sql = "with own as (select * from raw.orders) select * from own join people on true where x in (select y from a.b)"
    assert tables_read(sql) == {("raw", "orders"), ("", "people"), ("a", "b")}


def test_the_described_columns_are_the_built_ones(project, built):
    with duckdb.connect(str(built.db), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema, table_name, list(column_name) from information_schema.columns group by all"
        ).fetchall()
    in_database = {(schema, name): set(columns) for schema, name, columns in rows}
    differences = []
    for node in (*project.models, *project.seeds):
        built_columns, described = in_database.get((node["schema"], node["alias"]), set()), set(node["columns"])
        if described != built_columns:
            only = f"only described {sorted(described - built_columns)}, only built {sorted(built_columns - described)}"
            differences.append(f"{node['patch_path']}: {node['name']}: {only}")
    assert not differences, "\n".join(differences)


# A small project that keeps every rule, and what is done to it to break each


def _columns(*names, **kinds):
    return {name: {"description": f"The {name}.", "data_type": kinds.get(name, "varchar")} for name in names}


def _model(name, folder, *parents, access="protected", group=None, **changes):
    return {
        "unique_id": f"model.p.{name}",
        "resource_type": "model",
        "package_name": "p",
        "name": name,
        "original_file_path": f"models/{folder}/{name}.sql",
        "patch_path": f"p://models/{folder}/_{folder.split('/')[-1]}.yml",
        "raw_code": "select 1",
        "description": "One row per thing.",
        "columns": _columns("thing_id", "as_of_date"),
        "access": access,
        "group": group,
        "config": {"materialized": "table", "contract": {"enforced": access == "public"}},
        "depends_on": {"nodes": list(parents)},
        **changes,
    }


def _test(name, node):
    return {
        "unique_id": f"test.p.{name}.{node}",
        "resource_type": "test",
        "package_name": "p",
        "name": name,
        "attached_node": node,
        "column_name": None,
        "test_metadata": {"name": name},
        "raw_code": "",
        "depends_on": {"nodes": [node]},
    }


def _macro(name, text, path="macros/small.sql", arguments=()):
    return {
        "unique_id": f"macro.p.{name}",
        "package_name": "p",
        "name": name,
        "original_file_path": path,
        "macro_sql": text,
        "description": "Says something.",
        "arguments": [{"name": argument, "description": f"The {argument}."} for argument in arguments],
    }


class Small:
    """source.orders -> base_orders -> stg_orders -> int_a, with the seed rules -> int_scores -> customers."""

    def __init__(self):
        seed = {
            "unique_id": "seed.p.rules",
            "resource_type": "seed",
            "package_name": "p",
            "name": "rules",
            "original_file_path": "seeds/rules/rules.csv",
            "patch_path": "p://seeds/rules/_rules.yml",
            "description": "One row per rule.",
            "columns": _columns("rule"),
            "config": {"column_types": {"rule": "varchar"}},
        }
        self.source = {
            "unique_id": "source.p.raw.orders",
            "resource_type": "source",
            "package_name": "p",
            "name": "orders",
            "original_file_path": "models/staging/_sources.yml",
            "description": "Orders.",
            "columns": _columns("order_id"),
        }
        self.seed = seed
        self.base = _model("base_orders", "staging/base", "source.p.raw.orders")
        self.base["config"]["materialized"] = "view"
        self.staged = _model("stg_orders", "staging", "model.p.base_orders")
        private = {"access": "private", "group": "spine"}
        self.feature = _model("int_days", "intermediate/activity", "model.p.stg_orders", **private)
        self.score = _model("int_scores", "intermediate/scoring", "model.p.int_days", "seed.p.rules", **private)
        self.mart = _model("customers", "marts/customers", "model.p.int_scores", access="public", group="spine")
        self.models = [self.base, self.staged, self.feature, self.score, self.mart]
        # Grouped by its key, which needs no test then.
        self.feature["raw_code"] = "with orders as (\n    select 1 as day\n)\n\nselect day\nfrom orders\ngroup by day"
        self.tests = [_test("primary_key", node["unique_id"]) for node in self.models if node is not self.feature]
        self.tests.append(_test("well_formed_rules", "seed.p.rules"))
        self.macros = [
            _macro(
                "as_of_day",
                "{% macro as_of_day() %}{{ var('as_of') }} {{ run_started_at }}",
                "macros/as_of_date.sql",
            ),
            _macro("add", "{% macro add(day, by=[1, 2]) %} {#- now() #} day -- today()", arguments=["day", "by"]),
            _macro("duckdb__add", "{% macro duckdb__add(day) %} try_cast(day)", "macros/engine/add.sql"),
        ]
        self.macros[2]["description"] = ""
        self.group = {"name": "spine", "owner": {"name": "Team", "email": "team@example.com"}}
        self.exposures = [
            {
                "unique_id": "exposure.p.report",
                "package_name": "p",
                "name": "report",
                "description": "A report.",
                "owner": {"name": "Team"},
                "depends_on": {"nodes": ["model.p.customers"]},
            }
        ]
        self.vars = ["as_of"]
        self.header = ["rule"]

    def add(self, *args, **changes):
        """Adds a model, its key tested."""
        self.models.append(_model(*args, **changes))
        self.tests.append(_test("primary_key", self.models[-1]["unique_id"]))
        return self.models[-1]

    def project(self) -> Project:
        """The manifest of it, as dbt would write it."""
        manifest = {
            "metadata": {"project_name": "p"},
            "nodes": {node["unique_id"]: node for node in (*self.models, self.seed, *self.tests)},
            "sources": {"source.p.raw.orders": self.source},
            "macros": {macro["unique_id"]: macro for macro in self.macros},
            "exposures": {exposure["unique_id"]: exposure for exposure in self.exposures},
            "groups": {"group.p.spine": self.group},
        }
        return Project(copy.deepcopy(manifest), self.vars, {"rules": self.header})


def _reads(model, *parents):
    model["depends_on"]["nodes"] += parents


def _add_leaves(small):
    for name in ("one", "two"):
        small.add(name, "marts/customers", "model.p.int_scores", access="public", group="spine")


def _add_rejoin(small):
    small.add("int_detour", "intermediate/features", "model.p.int_days", access="private", group="spine")
    _reads(small.score, "model.p.int_detour")


def _add_parents(small):
    for number in range(7):
        small.add(f"int_{number}", "intermediate/scoring", "model.p.int_days", access="private", group="spine")
        _reads(small.score, f"model.p.int_{number}")


def _make_views(small):
    for model in (small.staged, small.feature):
        model["config"]["materialized"] = "view"


def _add_circle(small):
    small.feature["depends_on"]["macros"] = ["macro.p.add"]
    small.macros[1]["depends_on"] = {"macros": ["macro.p.duckdb__add"]}
    small.macros[2]["macro_sql"] += "{{ graph.nodes['model.p.int_days'] }}"


def _drop_tests(small, name):
    small.tests = [test for test in small.tests if test["name"] != name]


UNGROUPED = "with days as (\n    select day from {{ ref('stg_orders') }}\n    group by day\n)\n\nselect day from days"

BREAKS = [
    ("only_staging_reads_sources", "int_days", lambda s: _reads(s.feature, "source.p.raw.orders")),
    ("sources_are_read", "orders", lambda s: s.base["depends_on"]["nodes"].clear()),
    ("source_has_one_reader", "stg_orders", lambda s: _reads(s.staged, "source.p.raw.orders")),
    ("no_join_of_source_and_model", "stg_orders", lambda s: _reads(s.staged, "source.p.raw.orders")),
    ("arrows_run_rightwards", "customers <- stg_orders", lambda s: _reads(s.mart, "model.p.stg_orders")),
    ("arrows_run_rightwards", "customers <- rules", lambda s: _reads(s.mart, "seed.p.rules")),
    ("arrows_run_rightwards", "customers <- orders", lambda s: _reads(s.mart, "source.p.raw.orders")),
    ("arrows_run_rightwards", "int_days <- customers", lambda s: _reads(s.feature, "model.p.customers")),
    (
        "arrows_run_rightwards",
        "two <- customers",
        lambda s: s.add("two", "marts/segments", "model.p.customers", access="public", group="spine"),
    ),
    (
        "arrows_run_rightwards",
        "stg_two <- stg_orders",
        lambda s: s.add("stg_two", "staging", "model.p.stg_orders"),
    ),
    ("no_root_models", "base_orders", lambda s: s.base["depends_on"]["nodes"].clear()),
    ("no_dead_ends", "stg_two", lambda s: s.add("stg_two", "staging", "model.p.base_orders")),
    ("no_fan_out", "int_scores", _add_leaves),
    ("no_rejoin", "int_detour", _add_rejoin),
    ("few_parents", "int_scores", _add_parents),
    ("few_chained_views", "int_days", _make_views),
    ("rules_enter_where_decided", "int_days <- rules", lambda s: _reads(s.feature, "seed.p.rules")),
    ("features_read_the_waist", "int_scores <- stg_orders", lambda s: _reads(s.score, "model.p.stg_orders")),
    ("names_say_the_layer", "orders", lambda s: s.staged.update(name="orders")),
    ("names_say_the_layer", "dim_customers", lambda s: s.mart.update(name="dim_customers")),
    ("names_say_the_layer", "int_Scores", lambda s: s.score.update(name="int_Scores")),
    (
        "folders_are_layers_and_topics",
        "customers",
        lambda s: s.mart.update(original_file_path="models/marts/misc/customers.sql"),
    ),
    ("one_yaml_per_folder", "customers", lambda s: s.mart.update(patch_path="p://models/marts/_marts.yml")),
    ("one_yaml_per_folder", "customers", lambda s: s.mart.update(patch_path=None)),
    ("descriptions_name_the_grain", "customers", lambda s: s.mart.update(description="The customers.")),
    ("all_is_described", "customers", lambda s: s.mart["columns"]["thing_id"].update(description="")),
    ("all_is_described", "customers", lambda s: s.mart["columns"]["thing_id"].update(description="Cents?")),
    ("all_is_described", "stg_orders", lambda s: s.staged.update(columns={})),
    ("all_is_described", "orders", lambda s: s.source.update(description="TODO")),
    ("all_is_described", "rules", lambda s: s.seed["columns"]["rule"].update(description="?")),
    ("macros_are_described", "add", lambda s: s.macros[1].update(description="")),
    ("macros_are_described", "add", lambda s: s.macros[1]["arguments"].pop()),
    ("macros_are_described", "add", lambda s: s.macros[1]["arguments"][0].update(description="")),
    ("seeds_are_typed", "rules", lambda s: s.seed["config"].update(column_types={})),
    ("seeds_are_typed", "rules", lambda s: s.header.append("label")),
    ("keys_are_tested", "int_days", lambda s: s.feature.update(raw_code=UNGROUPED)),
    ("keys_are_tested", "customers", lambda s: _drop_tests(s, "primary_key")),
    ("rule_tables_are_well_formed", "rules", lambda s: _drop_tests(s, "well_formed_rules")),
    ("marts_are_contracted", "customers", lambda s: s.mart["config"]["contract"].update(enforced=False)),
    ("marts_are_contracted", "customers", lambda s: s.mart["columns"]["thing_id"].update(data_type=None)),
    ("marts_are_contracted", "customers", lambda s: s.mart["columns"].pop("as_of_date")),
    ("access_follows_the_layer", "customers", lambda s: s.mart.update(access="protected")),
    ("access_follows_the_layer", "int_days", lambda s: s.feature.update(access="protected")),
    ("owners_are_named", "customers", lambda s: s.mart.update(group=None)),
    ("owners_are_named", "spine", lambda s: s.group["owner"].pop("email")),
    ("exposures_read_marts", "exposures", lambda s: s.exposures.clear()),
    (
        "exposures_read_marts",
        "report",
        lambda s: s.exposures[0]["depends_on"]["nodes"].append("model.p.int_days"),
    ),
    ("exposures_read_marts", "report", lambda s: s.exposures[0].update(description="")),
    (
        "no_hard_coded_tables",
        "customers",
        lambda s: s.mart.update(raw_code="select 1 from marts.customer_rfm"),
    ),
    (
        "no_hard_coded_tables",
        "customers",
        lambda s: s.mart.update(raw_code='select 1 join "db"."raw"."orders"'),
    ),
    ("nobody_looks_at_the_clock", "customers", lambda s: s.mart.update(raw_code="select current_date")),
    ("nobody_looks_at_the_clock", "customers", lambda s: s.mart.update(raw_code="select Now ()")),
    ("nobody_looks_at_the_clock", "add", lambda s: s.macros[1].update(macro_sql="random()")),
    ("nobody_looks_at_the_clock", "customers", lambda s: s.mart.update(raw_code="{{ run_started_at }}")),
    *(
        (
            "engines_differ_in_one_place",
            "customers",
            lambda s, said=said: s.mart.update(raw_code=f"select {said}"),
        )
        for said in [
            "try_cast(x as date)",
            "x::date",
            "7 // 2",
            "list_transform(x, y)",
            "regexp_full_match(x, y)",
            "date_diff('day', x, y)",
            "string_agg(x)",
            "quantile_cont(x, 0.5)",
            "strptime(x, y)",
            "json_object(x)",
            "c using key (x)",
            "x qualify y",
            "x group by  all",
            "count(*) filter (where x)",
        ]
    ),
    (
        "engines_differ_in_one_place",
        "add",
        lambda s: s.macros[1].update(macro_sql='{% do parts.append("try_cast(x" ~ " as date)") %}'),
    ),
    (
        "few_constants_are_compared",
        "customers",
        lambda s: s.mart.update(raw_code="select a not in ('b', 'c',\n'd', 'e', 'f') as x"),
    ),
    (
        "compiling_reads_no_data",
        "add",
        lambda s: s.macros[1].update(macro_sql="{% set x = run_query('select 1') %}"),
    ),
    (
        "compiling_reads_no_data",
        "customers",
        lambda s: s.mart.update(raw_code="{{ dbt_utils.get_column_values(ref('rules'), 'rule') }}"),
    ),
    *(
        (
            "tables_are_made_whole",
            "customers",
            lambda s, said=said: s.mart.update(raw_code=f"select * from {{{{ {said} }}}}"),
        )
        for said in ["this", "this.incorporate(path={})", "x if is_incremental() else y", "should_full_refresh()"]
    ),
    ("tables_are_made_whole", "add", lambda s: s.macros[1].update(macro_sql="{% if is_incremental() %}")),
    ("tables_are_made_whole", "customers", lambda s: s.mart["config"].update(materialized="incremental")),
    ("macros_name_no_model", "add", lambda s: s.macros[1].update(macro_sql="select 1 from {{ ref('customers') }}")),
    ("macros_name_no_model", "add", lambda s: s.macros[1].update(macro_sql="{{ source('raw', table) }}")),
    ("macros_name_no_model", "add", lambda s: s.macros[1].update(macro_sql="{% if node.name == 'int_days' %}")),
    ("no_circles", "int_days", _add_circle),
    (
        "edges_are_read",
        "customers",
        lambda s: s.mart.update(raw_code="-- depends_on: {{ ref('int_days') }}\nselect 1"),
    ),
    ("models_are_short", "customers", lambda s: s.mart.update(raw_code="select 1,\n" * 131)),
    ("vars_are_declared_and_used", "days", lambda s: s.mart.update(raw_code="{{ whole_number('days') }}")),
    ("vars_are_declared_and_used", "old", lambda s: s.vars.append("old")),
]


@pytest.mark.parametrize("rule", RULES)
def test_the_small_project_keeps_the_rule(rule):
    assert list(RULES[rule](Small().project())) == []


@pytest.mark.parametrize(("rule", "subject", "break_it"), BREAKS, ids=[f"{b[0]}-{b[1]}" for b in BREAKS])
def test_the_rule_can_be_broken(rule, subject, break_it):
    small = Small()
    break_it(small)
    assert subject in [found for found, _ in RULES[rule](small.project())]


def test_every_rule_is_shown_to_fail():
    assert {rule for rule, _, _ in BREAKS} == set(RULES)
