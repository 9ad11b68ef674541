"""Nobody who said no is written to: random streams of consent against a plain-Python reading of docs/definitions.md."""

import os
from pathlib import Path

import duckdb
import pytest
from compiled import CompiledProject
from consent_worlds import DAY, later_moments, make_worlds, shuffled, with_one_more
from oracle import evaluate
from rich.console import Console
from rule_folders import copy_of_rules, limit_ids
from spine.run.build import BuildRequest, build

# Each world has several streams of consent.
WORLDS = int(os.environ.get("SPINE_CONSENT_WORLDS", "2600"))
# Few, so that many identifiers link too many ids to be one person.
MOST_IDS = 2
ANSWERS = "customer_id, channel, purpose, consent_status, has_consent, is_contactable, status_since"
# Per id of the raw tables: whether the person that it belongs to may be written to.
CONTACTABLE = """
    select ids.source_customer_id, eligibility.channel
    from marts.channel_eligibility as eligibility
    inner join marts.customer_ids as ids on eligibility.customer_id = ids.customer_id
    where eligibility.is_contactable
"""
# All that is said of a past day, but for who may be written to now.
OF_NOW = "is_contactable_email, is_contactable_sms, is_contactable_push, is_contactable_ads, contactable_channels"
PAST = {
    "eligibility": "select * exclude (is_contactable, withdrawn_after_day) from marts.channel_eligibility order by all",
    "members": "select * from marts.segment_members order by all",
    "customers": f"select * exclude ({OF_NOW}) from marts.customers order by all",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return CompiledProject(tmp_path_factory.mktemp("project"), {"as_of_date": DAY.isoformat()})


@pytest.fixture(scope="module")
def rules_dir(tmp_path_factory):
    folder = copy_of_rules(tmp_path_factory.mktemp("consent") / "rules")
    limit_ids(folder, MOST_IDS)
    return folder


@pytest.fixture(scope="module")
def replay(project, rules_dir):
    """Builds from raw rows who may be written to, or with `is_all` every mart; gives the database."""
    connection = project.open_database()
    project.load_rules(connection, rules_dir, {"identifier_types"})
    needed = project.needed_for("channel_eligibility", "customer_ids")

    def build(raw, is_all=False):
        project.replay(connection, raw, None if is_all else needed)
        return connection

    return build


@pytest.fixture(scope="module")
def worlds():
    return make_worlds(WORLDS, seed=14)


def answers_of(connection) -> dict:
    return {
        row[:3]: row[3:] for row in connection.execute(f"select {ANSWERS} from marts.channel_eligibility").fetchall()
    }


def test_random_streams_agree_with_the_definitions_in_any_order_of_rows(replay, worlds, rules_dir):
    _, raw = worlds
    expected = evaluate(raw, DAY, rules_dir=rules_dir).consent
    assert {answer.status for answer in expected.values()} >= {
        "opted_in",
        "pending",
        "opted_out",
        "erased",
        "no_record",
    }
    for rows in (raw, shuffled(raw, seed=1)):
        connection = replay(rows)
        found = answers_of(connection)
        differing = [key for key in found.keys() | expected if found.get(key) != expected.get(key)]
        assert [(key, found.get(key), expected.get(key)) for key in differing] == []
    assert connection.execute("select count(*) from intermediate.int_consent_streams").fetchall()[0][0] >= 10_000


def write_files(raw: dict[str, list[dict]], folder: Path, files: int) -> None:
    """Writes tables of text as so many Parquet files each, the rows dealt out in turn."""
    for table, rows in raw.items():
        names = sorted({name for row in rows for name in row})
        (folder / table).mkdir(parents=True)
        for place in range(files):
            values = [[row.get(name) for row in rows[place::files]] for name in names]
            columns = ", ".join(f"unnest(cast(? as varchar[])) as {name}" for name in names)
            part = duckdb.sql(f"select {columns}", params=values)
            part.write_parquet(str(folder / table / f"{place}.parquet"))


def test_shuffled_rows_in_five_files_give_the_same(tmp_path, rules_dir):
    _, raw = make_worlds(300, seed=16)
    write_files(shuffled(raw, seed=2), tmp_path / "raw", files=5)
    db = tmp_path / "cut.duckdb"
    request = BuildRequest(db, DAY, tmp_path / "raw", rules_dir=rules_dir, select=("+channel_eligibility",))
    results = build(request, Console(quiet=True))
    assert "channel_eligibility" in {one.name for one in results if one.status == "success"}
    with duckdb.connect(str(db), read_only=True) as connection:
        assert answers_of(connection) == evaluate(raw, DAY, rules_dir=rules_dir).consent


def test_one_more_restrictive_record_never_enlarges_what_may_be_contacted(replay, worlds):
    made, raw = worlds
    before = set(replay(raw).execute(CONTACTABLE).fetchall())
    after = set(replay(with_one_more(made, raw)).execute(CONTACTABLE).fetchall())
    assert after - before == set()
    assert 0 < len(after) < len(before)


def test_a_later_withdrawal_changes_no_past_day(replay):
    made, raw = make_worlds(500, seed=15)
    connection = replay(raw, is_all=True)
    before = {name: connection.execute(query).fetchall() for name, query in PAST.items()}
    contactable = set(connection.execute(CONTACTABLE).fetchall())
    replay(with_one_more(made, raw, later_moments(DAY), [None, "2026-07-20 00:00:00"]), is_all=True)
    for name, query in PAST.items():
        assert connection.execute(query).fetchall() == before[name], name
    assert set(connection.execute(CONTACTABLE).fetchall()) < contactable


def record(number: int, who: str | None, address: str | None, status: str, occurred: str, **more: str) -> dict:
    """One record of consent to e-mail, unless `more` says otherwise."""
    said = {"consent_id": f"{who or address}-{number}", "customer_id": who, "address": address, "channel": "email"}
    return {**said, "status": status, "occurred_at": occurred, **more}


# Per customer what they said after an opt-in of theirs by id, at noon of 20 June, and what is known of their addresses.
NO_IN_OTHER_WORDS = {
    "loaded on a day alone": [
        record(1, "loaded on a day alone", None, "opted_out", "2026-06-20 15:00:00", loaded_at="2026-06-20")
    ],
    "loaded in local time": [
        record(1, "loaded in local time", None, "opted_out", "2026-06-20 15:00:00", loaded_at="2026-06-20 10:05:00")
    ],
    "loaded at zero": [record(1, "loaded at zero", None, "complained", "2026-06-22 15:00:00", loaded_at="1970-01-01")],
    "in a far future": [record(1, "in a far future", None, "opted_out", "2062-01-01", loaded_at="2026-06-09 10:00:00")],
    "at midnight": [record(1, "at midnight", None, "opted_out", "2026-06-20 00:00:00")],
    "id is an address, and another": [record(1, "b@x.example", "c@x.example", "opted_out", "2026-06-21 10:00:00")],
    "erased by an id that is an address": [
        record(1, "d@x.example", "+49 151 0000002", "erased", "2026-06-21 10:00:00")
    ],
    "tie corrected for somebody else": [
        record(1, "tie corrected for somebody else", None, "opted_out", "2026-06-20 12:00:00",
               consent_id="shared", loaded_at="2026-06-21 10:00:00"),
        record(2, "somebody else", None, "opted_in", "2026-06-20 12:00:00",
               consent_id="shared", loaded_at="2026-06-22 10:00:00"),
    ],
    "by an address of once": [record(1, None, "once@x.example", "opted_out", "2026-06-21 10:00:00")],
    "by an address of a row set aside": [record(1, None, "aside@x.example", "opted_out", "2026-06-21 10:00:00")],
    "by an identifier of another type": [record(1, None, "typed@x.example", "opted_out", "2026-06-21 10:00:00")],
    "composed": [record(1, None, "mu\u0308ller@x.example", "opted_out", "2026-06-21 10:00:00")],
    "unseen": [record(1, None, "\ufeffun\u200bseen@x.example\xa0", "opted_out", "2026-06-21 10:00:00")],
    "from a mail program": [record(1, None, "Some One <Mail@x.example>", "opted_out", "2026-06-21 10:00:00")],
    "from a link": [record(1, None, "mailto:link@x.example", "opted_out", "2026-06-21 10:00:00")],
    "from a link with a subject": [
        record(1, None, "mailto:subject@x.example?subject=Stop", "opted_out", "2026-06-21 10:00:00")
    ],
    "from a web page": [record(1, "\u200bfrom a web page\ufeff", None, "opted_out", "2026-06-21 10:00:00")],
    "from a word processor": [
        record(1, None, "\u202a+49\xa0170\u20117654321\u202c", "opted_out", "2026-06-21 10:00:00")
    ],
}  # fmt: skip
KNOWN_ADDRESSES = {
    "id is an address, and another": "b@x.example", "erased by an id that is an address": "d@x.example",
    "composed": "m\xfcller@x.example", "unseen": "unseen@x.example", "from a mail program": "mail@x.example",
    "from a link": "link@x.example", "from a link with a subject": "subject@x.example",
}  # fmt: skip


def test_who_said_no_in_other_words_is_not_contactable(replay, rules_dir):
    names = [*NO_IN_OTHER_WORDS, "somebody else", "said yes"]
    raw = {
        "orders": [
            {"order_id": name, "customer_id": name, "ordered_at": "2026-06-15 10:00:00", "amount": "10"}
            for name in names
        ],
        "customers": [
            *({"customer_id": name, "email": email} for name, email in KNOWN_ADDRESSES.items()),
            {"customer_id": "by an address of once", "email": "once@x.example", "loaded_at": "2026-01-01"},
            {"customer_id": "by an address of once", "email": "now@x.example", "loaded_at": "2026-06-15"},
            {"customer_id": "by an address of a row set aside", "email": "aside@x.example",
             "signed_up_at": "2026-03-05", "loaded_at": "2026-03-01"},
            {"customer_id": "from a word processor", "phone": "+49 170 7654321"},
        ],
        "identities": [
            {"identifier_type": "e-mail", "identifier": "typed@x.example",
             "customer_id": "by an identifier of another type"}
        ],
        "consent": [
            *(record(0, name, None, "opted_in", "2026-06-20 12:00:00") for name in names),
            *(one for said in NO_IN_OTHER_WORDS.values() for one in said),
        ],
    }  # fmt: skip
    expected = evaluate(raw, DAY, rules_dir=rules_dir).consent
    connection = replay(raw)
    assert answers_of(connection) == expected
    query = "select customer_id from marts.channel_eligibility where is_contactable and channel = 'email' order by 1"
    assert connection.execute(query).fetchall() == [("said yes",), ("somebody else",)]


def test_a_phone_number_of_zeros_is_nobody_s_and_carries_no_withdrawal(replay, rules_dir):
    names = [f"z{number}" for number in range(5)]
    raw = {
        "orders": [{"order_id": one, "customer_id": one, "ordered_at": "2026-06-15", "amount": "10"} for one in names],
        "identities": [
            {"identifier_type": "phone", "identifier": zeros, "customer_id": one}
            for one in names
            for zeros in ("000-000-0000", "0000000")
        ],
        "consent": [
            record(0, one, None, "opted_out" if one == "z0" else "opted_in", "2026-06-20 12:00:00") for one in names
        ],
    }
    connection = replay(raw)
    assert answers_of(connection) == evaluate(raw, DAY, rules_dir=rules_dir).consent
    query = "select customer_id from marts.channel_eligibility where is_contactable and channel = 'email' order by 1"
    assert connection.execute(query).fetchall() == [(one,) for one in names[1:]]
