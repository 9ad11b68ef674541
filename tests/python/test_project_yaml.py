"""The project's YAML against dbt's own JSON schemas, and dbt without a deprecation."""

import shutil

import pytest
import yaml
from conftest import IN_DOLLARS, PROJECT_DIR, SAMPLE_DAY, run_dbt
from marts import query
from spine.run import check

NO_DEPRECATIONS = ("--warn-error-options", '{"error": ["Deprecations"]}')


@pytest.fixture
def copied_project(tmp_path, monkeypatch):
    """A copy of the project's YAML, which `check_yaml` looks at in place of the project."""
    for path in (PROJECT_DIR / "dbt_project.yml", *check_folders()):
        target = tmp_path / path.relative_to(PROJECT_DIR)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    monkeypatch.setattr(check, "PROJECT_DIR", tmp_path)
    return tmp_path


def check_folders():
    """Every properties file of the project."""
    return [path for folder in check.YAML_FOLDERS for path in sorted((PROJECT_DIR / folder).rglob("*.yml"))]


def test_all_yaml_follows_the_schemas_of_dbt():
    assert len(check_folders()) > 15
    check.check_yaml()


def _of_model(document):
    return document["models"][0]


MISSPELT = {
    "project": ("dbt_project.yml", lambda project: project, "model-path"),
    "project model config": (
        "dbt_project.yml",
        lambda d: d["models"]["segment_spine"]["marts"],
        "+materialised",
    ),
    "file": ("models/marts/customers/_customers.yml", lambda document: document, "modles"),
    "model": ("models/marts/customers/_customers.yml", _of_model, "descripton"),
    "model config": (
        "models/marts/customers/_customers.yml",
        lambda d: _of_model(d).setdefault("config", {}),
        "acces",
    ),
    "column": ("models/marts/customers/_customers.yml", lambda d: _of_model(d)["columns"][0], "datatype"),
    "source": ("models/staging/_sources.yml", lambda document: document["sources"][0], "shema"),
    "source table": ("models/staging/_sources.yml", lambda d: d["sources"][0]["tables"][0], "colums"),
    "exposure": ("models/marts/_exposures.yml", lambda document: document["exposures"][0], "depend_on"),
    "seed": ("seeds/rules/_rules.yml", lambda document: document["seeds"][0], "column_types"),
    "macro": ("macros/_macros.yml", lambda document: document["macros"][0], "args"),
}


@pytest.mark.parametrize("place", MISSPELT)
def test_a_misspelt_key_is_named(place, copied_project):
    name, object_in, key = MISSPELT[place]
    path = copied_project / name
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    target = object_in(document)
    target[key] = "x"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")

    with pytest.raises(check.YamlFaults) as caught:
        check.check_yaml()

    assert name in str(caught.value)
    assert key in str(caught.value)


def test_what_is_not_yaml_is_named(copied_project):
    (copied_project / "models/staging/_staging.yml").write_text("models:\n  - name: [", encoding="utf-8")
    with pytest.raises(check.YamlFaults, match=r"models/staging/_staging\.yml: is not YAML"):
        check.check_yaml()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "renamed"}, "lacks frequency_score: the trait of models"),
        ({"data_type": "varchar"}, "has frequency_score as varchar"),
    ],
)
def test_a_trait_that_customers_lacks_is_named(change, said, copied_project):
    path = copied_project / "models/marts/customers/_customers.yml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    mart = next(model for model in document["models"] if model["name"] == "customers")
    next(column for column in mart["columns"] if column["name"] == "frequency_score").update(change)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(check.YamlFaults) as caught:
        check.check_yaml()
    assert f"_customers.yml: customers {said}" in str(caught.value) and "of type " in str(caught.value)


def test_a_file_without_a_word_is_named(copied_project):
    (copied_project / "models/staging/_staging.yml").write_text("", encoding="utf-8")
    with pytest.raises(check.YamlFaults, match=r"models/staging/_staging\.yml: "):
        check.check_yaml()


def test_a_project_without_traits_is_told(copied_project):
    path = copied_project / "models/intermediate/segmentation/_segmentation.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("lists_traits", "lists"), encoding="utf-8")
    with pytest.raises(check.YamlFaults, match="no model lists the traits"):
        check.check_yaml()


def test_the_project_parses_without_a_warning(tmp_path):
    outcome = run_dbt("--warn-error", "parse", "--no-partial-parse", scratch=tmp_path, SPINE_DB=":memory:")
    assert outcome.code == 0, outcome.all_text[-3000:]


def test_the_project_builds_without_a_deprecation(tmp_path, sample_raw):
    outcome = run_dbt(
        *NO_DEPRECATIONS,
        "build",
        "--exclude-resource-type",
        "unit_test",
        *IN_DOLLARS,
        scratch=tmp_path,
        RAW_DIR=str(sample_raw),
        SPINE_DB=str(tmp_path / "shop.duckdb"),
        SPINE_AS_OF=SAMPLE_DAY.isoformat(),
    )
    assert outcome.code == 0, outcome.all_text[-3000:]
    published = query(tmp_path / "shop.duckdb", "select max(as_of_date), count(*) > 100 from marts.customer_rfm")
    assert published == [(SAMPLE_DAY, True)]


def test_a_deprecation_would_be_an_error(tmp_path):
    """A generic test whose arguments stand outside `arguments`, in a project of nothing else."""
    project = {"name": "small", "version": "1.0.0", "profile": "segment_spine", "model-paths": ["models"]}
    model = {"name": "one", "columns": [{"name": "id", "data_tests": [{"accepted_values": {"values": [1]}}]}]}
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (tmp_path / "models/one.sql").write_text("select 1 as id")
    (tmp_path / "models/_models.yml").write_text(yaml.safe_dump({"models": [model]}))
    where = ("--project-dir", tmp_path, "--profiles-dir", PROJECT_DIR)

    accepted = run_dbt("parse", *where, scratch=tmp_path / "accepted", SPINE_DB=":memory:")
    refused = run_dbt(*NO_DEPRECATIONS, "parse", *where, scratch=tmp_path / "refused", SPINE_DB=":memory:")

    assert accepted.code == 0, accepted.all_text[-3000:]
    assert refused.code != 0
    assert "MissingArgumentsPropertyInGenericTestDeprecation" in refused.all_text
