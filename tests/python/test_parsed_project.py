"""The parsed project: parsed once, by this process or an earlier one, and anew when what it is made of differs."""

import pytest
from dbt.contracts.graph.manifest import Manifest
from spine.run import parsed_project


@pytest.fixture
def parsing(tmp_path, monkeypatch):
    """A way to ask for the parsed project in a process that has just begun; what dbt has been told to parse so far."""
    parsed = []

    class Runner:
        def invoke(self, arguments):
            parsed.append(arguments)
            return type("Outcome", (), {"exception": None, "success": True, "result": Manifest()})()

    def in_a_new_process(rules: str = "some", day: str = "2026-06-30", **settings):
        monkeypatch.setattr(parsed_project, "_PARSED", {})
        return parsed_project.parsed_project((rules, "shop.duckdb"), {"as_of_date": day, **settings}, [])

    monkeypatch.setattr(parsed_project, "dbtRunner", Runner)
    monkeypatch.setattr(parsed_project, "PARSED_DIR", tmp_path / "parsed")
    return in_a_new_process, parsed


def test_the_project_is_parsed_once_for_all_processes_and_days(parsing):
    in_a_new_process, parsed = parsing
    first = in_a_new_process()
    again = in_a_new_process(day="2026-07-01")
    assert len(parsed) == 1
    assert again.metadata.invocation_id == first.metadata.invocation_id


def test_the_project_is_parsed_anew_for_other_rules_settings_and_code(parsing, monkeypatch):
    in_a_new_process, parsed = parsing
    for what in ({}, {"rules": "others"}, {"timezone": "Europe/Berlin"}, {}):
        in_a_new_process(**what)
    assert len(parsed) == 3
    monkeypatch.setattr(parsed_project, "code_version", lambda parts, engines: "upgraded")
    in_a_new_process()
    assert len(parsed) == 4


def test_a_copy_that_is_not_whole_is_made_anew(parsing):
    in_a_new_process, parsed = parsing
    in_a_new_process()
    ((copy,)) = parsed_project.PARSED_DIR.iterdir()
    copy.write_bytes(copy.read_bytes()[:-9])
    in_a_new_process()
    in_a_new_process()
    assert len(parsed) == 2


def test_a_copy_under_another_name_is_no_copy(parsing):
    in_a_new_process, parsed = parsing
    in_a_new_process("others")
    ((copy,)) = parsed_project.PARSED_DIR.iterdir()
    content = copy.read_bytes()
    copy.unlink()
    in_a_new_process("some")
    ((copy,)) = parsed_project.PARSED_DIR.iterdir()
    copy.write_bytes(content)
    in_a_new_process("some")
    assert len(parsed) == 3


def test_what_changes_while_it_is_parsed_is_not_kept(parsing, monkeypatch):
    in_a_new_process, parsed = parsing
    codes = iter(["before", "changed"])
    with monkeypatch.context() as patch:
        patch.setattr(parsed_project, "code_version", lambda parts, engines: next(codes, "before"))
        assert in_a_new_process()
        assert not parsed_project._PARSED and not parsed_project.PARSED_DIR.exists()
        in_a_new_process()
    assert len(parsed) == 2


def test_a_folder_that_cannot_be_written_only_costs_time(parsing):
    in_a_new_process, parsed = parsing
    parsed_project.PARSED_DIR.write_text("in the way")
    assert in_a_new_process() and in_a_new_process()
    assert len(parsed) == 2


def test_what_has_not_been_used_for_long_is_removed(parsing, monkeypatch):
    in_a_new_process, parsed = parsing
    monkeypatch.setattr(parsed_project, "KEPT_ON_DISK", 2)
    for rules in ("some", "others", "some", "third", "some"):
        in_a_new_process(rules)
    assert len(parsed) == 3 and len(list(parsed_project.PARSED_DIR.iterdir())) == 2
