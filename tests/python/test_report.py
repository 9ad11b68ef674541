"""`spine report`: each figure is that of a query of its own, sentences say what was planted, the page needs nothing."""

import datetime
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import duckdb
import pytest
from conftest import SAMPLE_DAY, run_spine
from report_pages import Marts, Page, shown
from spine.cli.main import main
from spine.errors import UsageError
from spine.report.facts import read_facts
from spine.report.figures import of
from spine.report.headlines import CAUSES, broken, lacking, moved, sums, unusual
from spine.report.periods import EARLIER_SPANS, period_of, wanted_days
from spine.report.report import MOST_BYTES, _write, write_report
from spine.report.rule_words import rules_in_words

FOLDER = Path(__file__).resolve().parents[2] / "scripts" / "spine" / "report"
# The ledger of the chain has four days.
FIRST, MONTH_AGO = (SAMPLE_DAY - datetime.timedelta(days=age) for age in (90, 30))
WEEKS = 14
CHAMPIONS = "rfm_champions"


def ages(count: int) -> datetime.date:
    return SAMPLE_DAY - datetime.timedelta(days=count)


def page_of(db: Path, tmp_path: Path, *options: str) -> Page:
    """The report on a database, made by the command."""
    out = tmp_path / "report.html"
    assert main(["report", "--db", str(db), "--out", str(out), *options]) == 0
    return Page(out.read_text(encoding="utf-8"))


# Kind of period, the last day, the days compared with: since, before, at the beginning of the longer span and of flows.
PERIODS = {
    "day": (SAMPLE_DAY, MONTH_AGO, None, MONTH_AGO, MONTH_AGO, None, None),
    "month": (SAMPLE_DAY, MONTH_AGO, None, FIRST, MONTH_AGO, ("2026-06",), ("2026-05",)),
    "quarter": (
        SAMPLE_DAY,
        FIRST,
        None,
        FIRST,
        FIRST,
        ("2026-04", "2026-05", "2026-06"),
        ("2026-01", "2026-02", "2026-03"),
    ),
}


@pytest.mark.parametrize("kind", PERIODS)
def test_each_figure_is_that_of_a_query_of_its_own(chain, tmp_path, kind):
    last, since, before, long_since, flow_since, months, months_before = PERIODS[kind]
    page = page_of(chain.today.db, tmp_path, "--period", kind)
    marts = Marts(chain.today.db, last, since, flow_since)
    expected = dict(
        [
            *marts.figures_of_segments(before, long_since),
            *marts.figures_of_headlines(),
            *marts.figures_of_sums(months, months_before),
            *marts.figures_of_the_grid(),
            *marts.figures_of_movement(),
            *marts.figures_of_health(),
        ]
    )
    assert len(page.figures) > 500
    wrong = {name: (texts, expected.get(name)) for name, texts in page.figures.items() if texts != {expected.get(name)}}
    assert not wrong
    families = {name.partition(".")[0] for name in page.figures}
    assert families >= {"moves", "moved", "adds_up", "segments", "grid", "flow", "value_paths", "entered", "sources"}


@pytest.mark.parametrize("kind", PERIODS)
def test_every_number_of_the_page_is_a_figure_a_day_or_part_of_a_rule(chain, tmp_path, kind):
    """There is no number beside the figures that a query answers for: without these, sections hold none."""
    out = tmp_path / "report.html"
    assert main(["report", "--db", str(chain.today.db), "--out", str(out), "--period", kind]) == 0
    html = out.read_text(encoding="utf-8")
    for section in ("headlines", "adds-up", "movement", "health"):
        text = re.search(rf'<section id="{section}">(.*?)</section>', html, re.DOTALL).group(1)
        text = re.sub(r"<span data-figure=[^>]*>[^<]*</span>", "", text)
        text = re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)
        text = unescape(re.sub(r"<[^>]*>", " ", text))
        text = re.sub(r"\d{1,2} [A-Z][a-z]+ \d{4}|\d{4}-\d\d", "", text)
        facts = read_facts(chain.today.db, kind, False)
        labels = {row["label"] for row in facts.segments} | {row["source"] for row in facts.feeds if row["source"]}
        for label in sorted(labels, key=len, reverse=True):
            text = text.replace(label, "")
        told = r"last 7 days|4 weeks before|quarter 2 of 2026|June 2026|the 20 that concern most|\d+ names"
        assert not re.findall(r"\d+", re.sub(told, "", text)), section


def test_who_is_in_a_tier_by_rank_is_told_but_of_the_tier_without_value(chain):
    words = rules_in_words(read_facts(chain.today.db, "day", False))
    assert "the best 5 to 20 %" in words["value_high"][0]
    assert "or less" in words["value_none"][0] and "best" not in words["value_none"][0]


def test_a_database_that_was_built_but_not_published_has_a_report(built, tmp_path):
    page = page_of(built.db, tmp_path)
    assert "The ledger begins on 30 June 2026: who moves is known from the next day on." in page.items_of("headlines")
    assert not any(name.startswith(("moved.", "moves.", "unusual.", "flow.")) for name in page.figures)
    for what in ("change", "long_change", "entries", "exits"):
        assert page.figures[f"segments.{CHAMPIONS}.{what}"] == {shown(None)}


def test_the_command_ends_with_three_lines_and_the_place_of_the_page(chain, tmp_path, capsys):
    out = tmp_path / "report.html"
    assert main(["report", "--db", str(chain.today.db), "--out", str(out)]) == 0
    adds_up, what_moved, reach, place = capsys.readouterr().out.splitlines()
    with duckdb.connect(str(chain.today.db), read_only=True) as connection:

        def line(section: str, name: str, measure: str) -> object:
            query = f"select sum({measure}) from marts.does_it_add_up where section = ? and line = ?"
            return connection.execute(query, [section, name]).fetchall()[0][0]

        read, counted = (line("orders", name, "entries") for name in ("read", "counted"))
        net = line("revenue", "net_revenue", "amount")
        persons, by_mail = connection.execute(
            "select count(*), count(*) filter (is_contactable_email) from marts.customers"
        ).fetchall()[0]
    assert adds_up == f"adds up: of {read:,} orders read {counted:,} count; USD {round(net):,} net revenue"
    assert what_moved.startswith("what moved since 31 May 2026: ")
    assert reach.startswith(f"what you may send: of {persons:,} persons you may write to ")
    assert f"{by_mail:,} by e-mail" in reach
    assert place == f"report: {out}"


# Planted changes


@pytest.fixture
def planted(chain, tmp_path) -> "Planted":
    """A copy of the shop whose ledger has known nothing but today's sizes for 14 weeks."""
    db = tmp_path / "planted.duckdb"
    shutil.copyfile(chain.today.db, db)
    return Planted(db)


class Planted:
    """A database whose ledger can be told what to say."""

    def __init__(self, db: Path):
        self.db = db
        self.run("delete from marts.segment_daily where day <> as_of_date")
        self.run("update marts.feed_freshness set is_old = false, rows_7d = 100, rows_8_to_14d = 100, "
                 "rows_15_to_21d = 100, rows_22_to_28d = 100, rows_29_to_35d = 100")  # fmt: skip
        counts = [f"{way}_{cause} = 0" for way in ("entries", "exits") for cause in CAUSES]
        self.run(f"update marts.segment_daily set entries = 0, exits = 0, {', '.join(counts)}")
        days = f"select *, unnest(range(1, {7 * WEEKS + 1})) as age from marts.segment_daily"
        self.run(
            "insert into marts.segment_daily by name "
            f"select * exclude (age) replace (cast(day - cast(age as integer) as date) as day) from ({days})"
        )

    def run(self, *statement: object) -> None:
        with duckdb.connect(str(self.db)) as connection:
            connection.execute(*statement)

    def move(self, key: str, day: datetime.date, **movements: int) -> None:
        """Lets customers enter (`behaviour=5`) or leave (`time=-3`) a segment on a day, by cause."""
        for cause, number in movements.items():
            way = "entries" if number > 0 else "exits"
            self.run(
                f"update marts.segment_daily set {way}_{cause} = {way}_{cause} + ?, {way} = {way} + ? "
                "where segment_key = ? and day = ?", [abs(number), abs(number), key, day]
            )  # fmt: skip
            self.run(
                "update marts.segment_daily set customers = customers - ? where segment_key = ? and day < ?",
                [number, key, day],
            )

    def said(self, kind: str = "day") -> dict[str, list[str]]:
        facts = read_facts(self.db, kind, False)
        return {
            "broken": [of(one) for one in broken(facts)],
            "sums": [of(one) for one in sums(facts)],
            "moved": [of(one) for one in moved(facts)],
            "unusual": [of(one) for one in unusual(facts)],
            "lacking": [of(one) for one in lacking(facts)],
        }

    def count(self, query: str) -> int:
        with duckdb.connect(str(self.db), read_only=True) as connection:
            return connection.execute(query).fetchall()[0][0]

    def size(self, key: str) -> int:
        with duckdb.connect(str(self.db), read_only=True) as connection:
            query = "select customers from marts.segment_daily where segment_key = ? and day = as_of_date"
            return connection.execute(query, [key]).fetchall()[0][0]


def test_on_a_quiet_day_nothing_is_said(planted, tmp_path):
    assert planted.said() == {"broken": [], "sums": [], "moved": [], "unusual": [], "lacking": []}
    page = page_of(planted.db, tmp_path)
    assert page.items_of("headlines") == [
        "Headlines",
        "Since 23 June 2026 customers entered a segment 0 times and left one 0 times, all segments together.",
    ]


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_its_words(planted, cause):
    planted.move(CHAMPIONS, ages(3), **{cause: -6})
    words = CAUSES[cause]
    now = planted.size(CHAMPIONS)
    assert planted.said()["moved"] == [f"Champions shrank by 6 to {now}: 6 {words}. The week before it changed by 0."]


def test_causes_add_up_to_the_change(planted):
    planted.move(CHAMPIONS, ages(6), behaviour=-18, time=-9)
    planted.move(CHAMPIONS, ages(0), population=-15)
    planted.move(CHAMPIONS, ages(7), behaviour=3)  # the day compared with: of the week before
    now = planted.size(CHAMPIONS)
    assert planted.said()["moved"] == [
        f"Champions shrank by 42 to {now}: 18 by their own behaviour, 15 because other customers moved the line, "
        "9 because time passed. The week before it grew by 3."
    ]


def test_causes_that_go_both_ways_say_which_way_they_go(planted):
    planted.move(CHAMPIONS, ages(2), behaviour=30, time=-12)
    planted.move(CHAMPIONS, ages(1), behaviour=-4)
    now = planted.size(CHAMPIONS)
    assert planted.said()["moved"] == [
        f"Champions grew by 14 to {now}: 26 more by their own behaviour, 12 fewer because time passed. "
        "The week before it changed by 0."
    ]


def test_at_most_two_of_a_kind_the_largest_first(planted):
    for place, key in enumerate((CHAMPIONS, "rfm_lost", "rfm_at_risk")):
        planted.move(key, ages(1), time=4 + place)
    planted.move("value_vip", ages(1), population=-1)
    labels = [one.partition(" grew ")[0].partition(" shrank ")[0] for one in planted.said()["moved"]]
    assert labels == ["At risk", "Lost", "VIP"]


def test_who_entered_and_left_in_equal_numbers_is_no_change(planted):
    planted.move(CHAMPIONS, ages(1), behaviour=5, time=-5)
    assert planted.said()["moved"] == []


def test_a_change_beyond_twice_any_of_the_weeks_before_is_unusual(planted):
    for week in range(2, EARLIER_SPANS + 2):
        planted.move("cart_abandoner", ages(7 * (week - 1)), behaviour=5 if week % 2 else -5)
    planted.move("cart_abandoner", ages(2), behaviour=-10)
    assert planted.said()["unusual"] == []
    planted.move("cart_abandoner", ages(2), time=-1)
    assert planted.said()["unusual"] == [
        "Cart abandoner shrank by 11 since 23 June 2026; in each of the 12 weeks before it changed by at most 5. "
        "This time: 10 by their own behaviour, 1 because time passed."
    ]


def test_a_change_of_a_handful_is_not_unusual(planted):
    planted.move(CHAMPIONS, ages(2), behaviour=9)
    assert planted.said()["unusual"] == []
    planted.move(CHAMPIONS, ages(2), behaviour=1)
    assert len(planted.said()["unusual"]) == 1


def test_of_a_young_ledger_nothing_is_unusual(planted):
    planted.run("delete from marts.segment_daily where day < ?", [ages(7 * 4)])
    planted.move(CHAMPIONS, ages(2), behaviour=40)
    assert planted.said()["unusual"] == []  # three weeks before are known
    assert planted.said()["moved"]


def test_a_tracking_break_is_told_at_the_widest_place(planted):
    planted.run("update marts.feed_freshness set rows_7d = 4 where source = 'shop' and event_name = 'product_viewed'")
    assert planted.said()["broken"] == [
        "events product_viewed from shop: 4 rows in the last 7 days, between 100 and 100 a week in the 4 weeks before; "
        "is something broken?"
    ]
    planted.run("update marts.feed_freshness set rows_7d = 4 where source = 'shop'")
    (sentence,) = planted.said()["broken"]
    assert sentence.startswith("events from shop: ")
    planted.run("update marts.feed_freshness set rows_7d = 0 where table_name = 'events'")
    said = planted.said()
    assert said["broken"][0].startswith("events: 0 rows in the last 7 days, between ") and len(said["broken"]) == 1
    assert planted.said("month")["broken"] == said["broken"]  # the month ends on the day of the marts
    assert said["unusual"] == []


def test_what_rests_on_a_broken_feed_is_in_doubt(planted):
    planted.run("update marts.feed_freshness set rows_7d = 4 where source = 'klaviyo' and event_name = 'searched'")
    planted.move("cart_abandoner", ages(1), time=-3)
    planted.move(CHAMPIONS, ages(1), time=-2)
    assert not any("rests on" in sentence for sentence in planted.said()["moved"])  # one of many events
    planted.run("update marts.feed_freshness set rows_7d = 4 where source = 'shop'")
    in_doubt, sure = planted.said()["moved"]
    assert in_doubt.startswith("Cart abandoner shrank by 3 ")
    assert in_doubt.endswith(" It rests on events, of which less has come than usual.")
    assert sure.startswith("Champions ") and "rests on" not in sure


def test_a_feed_that_was_always_uneven_is_not_unusual(planted):
    planted.run("update marts.feed_freshness set rows_7d = 30, rows_15_to_21d = 55 where table_name = 'orders'")
    assert planted.said()["broken"] == []
    planted.run("update marts.feed_freshness set rows_7d = 27 where table_name = 'orders'")
    assert len(planted.said()["broken"]) == 1


def test_a_feed_that_brings_much_more_is_unusual_and_not_broken(planted):
    planted.run("update marts.feed_freshness set rows_7d = 201 where table_name = 'orders'")
    said = planted.said()
    assert said["broken"] == []
    assert said["unusual"] == ["orders: 201 rows in the last 7 days, between 100 and 100 a week in the 4 weeks before."]


def test_what_a_change_of_a_rule_has_moved_is_told_in_any_case(planted):
    for key in ("inactive_14", "inactive_30"):
        planted.move(key, ages(1), time=-9)
    planted.move("big_spender", ages(5), rule=-4)
    planted.move("hot_prospect", ages(5), rule=3)
    planted.move("hot_prospect", ages(5), time=-3)
    now, unchanged = planted.size("big_spender"), planted.size("hot_prospect")
    assert [sentence for sentence in planted.said()["moved"] if "rule" in sentence] == [
        f"Big spender shrank by 4 to {now}: 4 because a rule was changed. The week before it changed by 0.",
        f"Hot prospect changed by 0 to {unchanged}: 3 more because a rule was changed, 3 fewer because time passed. "
        "The week before it changed by 0.",
    ]


def test_a_review_begins_with_revenue_and_consent(planted):
    planted.run("update marts.segment_daily set with_consent_email = with_consent_email + 1 "
                "where segment_key = 'lifecycle_active' and day < ?", [ages(2)])  # fmt: skip
    with duckdb.connect(str(planted.db), read_only=True) as connection:
        query = "select sum(amount) from marts.does_it_add_up where section = 'revenue' and is_total and month = ?"
        june, may = (round(connection.execute(query, [month]).fetchall()[0][0]) for month in ("2026-06", "2026-05"))
        query = "select sum(with_consent_email) from marts.segment_daily where segment_kind = 'value' and day = ?"
        consent = connection.execute(query, [SAMPLE_DAY]).fetchall()[0][0]
    by_mail = f"Customers with consent: {consent} to e-mail (\u22121)."
    assert planted.said("month")["sums"] == [f"Net revenue: USD {june:,}; the month before: USD {may:,}.", by_mail]
    assert planted.said()["sums"] == [by_mail]


def test_who_was_in_a_segment_and_comes_back_is_not_new(planted):
    with duckdb.connect(str(planted.db), read_only=True) as connection:
        new = "entry_cause <> 'start' and exited_on is null and entered_on > ?"
        query = f"select customer_id from marts.segment_membership_history where segment_key = 'rfm_at_risk' and {new}"
        entered = [one for (one,) in connection.execute(f"{query} order by 1", [ages(7)]).fetchall()]
    assert len(entered) > 1

    def told() -> list[str]:
        return [row["customer_id"] for row in read_facts(planted.db, "day", True).entered["rfm_at_risk"]]

    assert sorted(told()) == entered
    planted.run(
        "insert into marts.segment_membership_history by name select * replace "
        "(cast(? as date) as entered_on, cast(? as date) as exited_on) from marts.segment_membership_history "
        "where segment_key = 'rfm_at_risk' and customer_id = ? and exited_on is null",
        [ages(9), ages(6), entered[0]],
    )
    assert sorted(told()) == entered[1:]


def test_what_the_data_lack_is_said_with_what_to_bring(planted):
    planted.run(
        "update marts.segments set status = 'not_computable', lacks = 'events|consent' "
        "where segment_key in ('cart_abandoner', 'window_shopper')"
    )
    planted.run(
        "update marts.feed_freshness set is_old = true, age_days = 9, newest_on = ? where table_name = 'orders'",
        [ages(9)],
    )
    planted.run(
        "update marts.segment_health set health_status = 'warn', reason = 'share above max_share_warn', "
        "customer_share = 0.5, min_share_warn = 0.01, max_share_warn = 0.4 where segment_key = ?",
        [CHAMPIONS],
    )
    planted.run("update marts.does_it_add_up set entries = 0 where section = 'channels' and line = 'contactable'")
    assert planted.said()["lacking"] == [
        "2 segments cannot be computed: Cart abandoner, Window shopper. Bring events and consent, or retire them.",
        "Champions holds 50.0 % of all customers; 1.0 % to 40.0 % are expected.",
        "The newest row of orders is of 21 June 2026, 9 days before.",
        "0 customers may be contacted by any channel. Bring consent.",
    ]


def test_rules_are_told_in_words_that_hold(planted):
    """Places of tiers are those of the rule; who has no value has none; a score goes by its name."""
    planted.run("update marts.cut_points set max_share = 0.025 where band = 'vip' and max_share is not null")
    planted.run("update marts.cut_points set min_share = 0.025 where band = 'high' and max_share is not null")
    words = {key: " or ".join(ways) for key, ways in rules_in_words(read_facts(planted.db, "day", False)).items()}
    assert words["value_vip"].endswith(" or more (the best 2.5 % of the customers with value)")
    assert words["value_high"].endswith(" (the best 2.5 to 20 % of the customers with value)")
    assert words["value_low"].endswith(" (all but the best 50 % of the customers with value)")
    assert words["value_none"].endswith(" 0.00 or less")
    assert words["engagement_none"] == "Engaging events in 90 days: no"
    assert words["quiet_champion"].endswith("; and Frequency score: at least 4; and Recency score: at least 4")


def test_that_one_customer_has_the_most_orders_is_a_fault_only_of_many(planted, tmp_path):
    name = "quality.orders_of_one_customer.orders.customer_id"
    for share, is_told in ((0.2, False), (0.21, True)):
        planted.run(
            "update marts.data_quality set affected_rows = ?, total_rows = 1000000 "
            "where metric = 'orders_of_one_customer'",
            [round(1000000 * share)],
        )
        assert (name in page_of(planted.db, tmp_path).figures) == is_told


# The page itself


def test_who_goes_and_comes_back_is_said_to_count_each_time(planted, tmp_path):
    """Entries may be more than there are customers; and who has stopped buying moves by time, not by behaviour."""
    everybody = planted.count("select count(*) from marts.customers")
    planted.move(CHAMPIONS, ages(3), behaviour=everybody + 1)
    planted.move(CHAMPIONS, ages(2), behaviour=-everybody - 1)
    said = page_of(planted.db, tmp_path).items_of("segments")
    assert any(line.startswith("“Entered” and “Left” count all entries and exits since") for line in said)
    assert any("who goes and comes back counts each time" in line for line in said)
    assert not any("no longer did" in line for line in said)


def test_sums_say_of_which_time_they_are(chain, tmp_path):
    told = {kind: page_of(chain.today.db, tmp_path, "--period", kind).items_of("adds-up") for kind in PERIODS}
    assert any(line.startswith("Orders and money are those of all time, up to 30 June 2026.") for line in told["day"])
    assert any(line.startswith("Orders and money are those of June 2026, persons those of") for line in told["month"])


def test_a_change_stands_once_where_the_ledger_is_shorter_than_both_spans(chain, tmp_path):
    out = tmp_path / "report.html"
    for kind, is_once in (("quarter", True), ("month", False)):
        figures = page_of(chain.today.db, tmp_path, "--period", kind).figures
        assert (f"segments.{CHAMPIONS}.long_change" not in figures) == is_once
        html = out.read_text(encoding="utf-8")
        for table in re.findall(r'<table class="segments">.*?</table>', html, re.DOTALL):
            headings = re.findall("<th scope=.col.[^>]*>([^<]*)<", table)
            assert len(headings) == len(set(headings)) == table.count('scope="col"')
            assert set(re.findall(r'colspan="(\d+)"', table)) <= {str(len(headings) - 1)}


def test_the_page_needs_nothing_but_itself(chain, tmp_path):
    page = page_of(chain.today.db, tmp_path, "--with-ids")
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form"), tag
        assert "src" not in attributes and "srcset" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)
    assert [tag for tag, _ in page.tags].count("script") == 1
    for name in ("page.css", "page.js"):
        source = (FOLDER / name).read_text(encoding="utf-8")
        assert not re.search(r"url\(|@import|https?:|//\w+\.|fetch|XMLHttp|</", source)


def test_all_links_lead_to_a_section(chain, tmp_path):
    page = page_of(chain.today.db, tmp_path)
    targets = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = [attributes["href"][1:] for tag, attributes in page.tags if tag == "a"]
    assert len(links) >= 6 and set(links) <= targets


def test_ids_are_listed_only_if_asked_for(chain, tmp_path):
    with duckdb.connect(str(chain.today.db), read_only=True) as connection:
        ids = {one for (one,) in connection.execute("select customer_id from marts.customers").fetchall()}
        new = connection.execute(
            "select customer_id from marts.segment_membership_history where segment_key = 'rfm_at_risk' "
            "and entry_cause <> 'start' and exited_on is null and entered_on > ?", [MONTH_AGO]
        ).fetchall()  # fmt: skip
    without, with_ids = (page_of(chain.today.db, tmp_path, *options) for options in ((), ("--with-ids",)))
    assert not ids & {word for text in without.text for word in text.split()}
    listed = ids & {text.strip() for text in with_ids.text}
    assert new and listed >= {one for (one,) in new}


def test_ids_in_a_review_say_of_which_day_their_revenue_and_consent_are(planted, tmp_path):
    words = (
        "Revenue, last order and consent are those of 1 July 2026: some of them may have left the segment since 30 June"
    )
    same_day = page_of(planted.db, tmp_path, "--period", "month", "--with-ids")
    planted.run("update marts.segment_daily set as_of_date = as_of_date + 1")
    day_after = page_of(planted.db, tmp_path, "--period", "month", "--with-ids")
    assert words not in " ".join(same_day.text)
    assert words in " ".join(day_after.text)


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% endblock %}",
    "</style></td>&amp;",
)


def test_hostile_labels_and_ids_stay_text(planted, tmp_path):
    columns = ("label", "description", "owner", "approver", "recommended_action")
    is_new = "segment_key = 'rfm_at_risk' and entry_cause <> 'start' and exited_on is null"
    with duckdb.connect(str(planted.db), read_only=True) as connection:
        keys = connection.execute("select segment_key from marts.segments order by 1").fetchall()
        ids = connection.execute(
            f"select customer_id from marts.segment_membership_history where {is_new} and entered_on > ? order by 1",
            [MONTH_AGO],
        ).fetchall()
    for text, (key,), (customer_id,) in zip(HOSTILE, keys, ids, strict=False):
        planted.run(
            f"update marts.segments set {', '.join(f'{column} = ?' for column in columns)} where segment_key = ?",
            [*(f"{text} {column}" for column in columns), key],
        )
        planted.run(
            "update marts.segment_membership_history set customer_id = ? where customer_id = ?",
            [f"id {text}", customer_id],
        )
    planted.run(
        "update marts.data_quality set subject = ?, affected_rows = 100000 where metric = 'late_share'", HOSTILE[:1]
    )
    planted.run("update marts.segment_clauses set value = ? where operator = 'in'", HOSTILE[1:2])
    planted.run(
        "update marts.segments set status = 'not_computable', lacks = ? where segment_key = 'vip_fatigue'", HOSTILE[1:2]
    )
    page = page_of(planted.db, tmp_path, "--with-ids")
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 1 and tags.count("style") == 1 and "img" not in tags
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    text = "".join(page.text)
    for hostile in HOSTILE:
        assert all(f"{hostile} {column}" in text for column in columns)
    assert sum(f"id {hostile}" in text for hostile in HOSTILE) == min(len(ids), len(HOSTILE)) > 0
    assert "49" not in {part.strip() for part in page.text if "endblock" in part}


def test_signs_of_direction_in_a_label_do_not_turn_figures_round():
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    assert "[data-figure] { unicode-bidi: isolate; }" in style


def test_types_of_identifiers_that_hold_addresses_are_not_named(planted, tmp_path):
    statement = """
        insert into marts.data_quality by name
        select * replace (
            'identifiers_junk' as metric, 'identities' as table_name,
            ? as subject, ? as affected_rows, 1000000 as total_rows
        )
        from marts.data_quality limit 1
    """
    for subject in ("ada@example.com", "+49 170 1234567", "0170 1234567", "badge"):
        planted.run(statement, [subject, 300_000])
    page = page_of(planted.db, tmp_path)
    text = " ".join(page.text)
    assert "identities, badge" in text and "identities, other types" in text
    assert "ada@" not in text and "1234567" not in text
    assert page.figures["quality.identifiers_junk.identities.other types"] == {"900,000"}
    assert page.figures["quality.identifiers_junk.identities.other types.share"] == {"30.0 %"}


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.1)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_has_enough_contrast():
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))
    shades = re.findall(r"\.shade-\d \{ background: (#[0-9a-f]{6})", style)
    assert len(shades) == 6
    pairs = [(named[ink], "#ffffff") for ink in ("ink", "soft", "blue")]
    pairs += [(named["ink"], shade) for shade in (*shades, named["pale"])]
    for text, ground in pairs:
        dark, light = sorted((luminance(text), luminance(ground)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_the_same_marts_make_the_same_page(chain, tmp_path):
    pages = []
    for name in ("one.html", "other.html"):
        write_report(chain.today.db, tmp_path / name, "month", with_ids=True)
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]


# Use and faults


def test_a_refresh_writes_the_report_also_if_nothing_is_new(tmp_path, sample_raw):
    out, options = tmp_path / "reports" / "shop.html", ("--raw", sample_raw, "--db", tmp_path / "shop.duckdb")
    for said in ("published; ", "nothing is new; "):
        run = run_spine("refresh", *options, "--as-of", SAMPLE_DAY, "--report", out, scratch=tmp_path / "scratch")
        assert run.code == 0 and said in run.out, run.all_text
        page = Page(out.read_text(encoding="utf-8"))
        assert page.figures[f"segments.{CHAMPIONS}.customers"]
        out.unlink()
    folder = tmp_path / "folder.html"
    folder.mkdir()
    options += ("--as-of", SAMPLE_DAY, "--report", folder, "--full-refresh")
    run = run_spine("refresh", *options, scratch=tmp_path / "scratch")
    assert run.code == 2 and f"{folder}: is a folder" in run.err and "published all the same; " in run.out
    with duckdb.connect(str(tmp_path / "shop.duckdb"), read_only=True) as connection:
        comments = connection.execute(
            "select comment from duckdb_columns() "
            "where schema_name = 'marts' and table_name not in ('publication', 'runs')"
        ).fetchall()
        views = connection.execute("select comment from duckdb_views() where schema_name = 'marts'").fetchall()
    assert len(comments) > 300 and all(comment for (comment,) in comments)
    assert views and all(comment for (comment,) in views)


@pytest.mark.parametrize(
    ("db", "fault"), [("none.duckdb", "there is no such database"), ("text.duckdb", "is not a DuckDB")]
)
def test_a_database_that_cannot_be_read_is_named(tmp_path, capsys, db, fault):
    (tmp_path / "text.duckdb").write_text("no database" * 1000)
    assert main(["report", "--db", str(tmp_path / db), "--out", str(tmp_path / "out.html")]) == 2
    assert fault in capsys.readouterr().err
    assert not (tmp_path / "out.html").exists()


def test_a_database_in_a_folder_that_may_not_be_written_has_a_report(built, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *args, **options: False)
    assert main(["report", "--db", str(built.db), "--out", str(tmp_path / "out.html")]) == 0


def test_a_database_without_marts_is_told_what_to_do(tmp_path, capsys):
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    assert main(["report", "--db", str(tmp_path / "empty.duckdb"), "--out", str(tmp_path / "out.html")]) == 2
    assert "holds no marts" in capsys.readouterr().err


def test_what_cannot_be_written_is_named_and_nothing_is_left(chain, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["report", "--db", str(chain.today.db), "--out", str(tmp_path / "file" / "out.html")]) == 2
    assert f"{tmp_path / 'file' / 'out.html'}: cannot be written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_is_no_page_is_not_replaced(built, tmp_path, capsys):
    db = tmp_path / "shop.duckdb"
    shutil.copyfile(built.db, db)
    (tmp_path / "orders.csv").write_text("order_id,customer_id\n")
    os.mkfifo(tmp_path / "pipe")
    for name, fault in (
        ("shop.duckdb", "holds something else than a page"),
        ("orders.csv", "holds something else than a page"),
        ("pipe", "is not a file"),
    ):
        before = (tmp_path / name).stat()
        assert main(["report", "--db", str(db), "--out", str(tmp_path / name)]) == 2
        assert f"{tmp_path / name}: {fault}" in capsys.readouterr().err
        assert (tmp_path / name).stat().st_ino == before.st_ino
    assert db.read_bytes() == built.db.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_link_stays_a_link(built, tmp_path, capsys):
    out, link, loop = tmp_path / "site" / "report.html", tmp_path / "report.html", tmp_path / "loop.html"
    link.symlink_to(out)
    for _ in range(2):
        assert main(["report", "--db", str(built.db), "--out", str(link)]) == 0
        assert link.is_symlink() and out.read_bytes().startswith(b"<!doctype html>")
    loop.symlink_to(loop)
    assert main(["report", "--db", str(built.db), "--out", str(loop)]) == 2
    assert f"{loop}: cannot be written: Too many levels" in capsys.readouterr().err


def test_of_two_who_write_a_page_at_once_each_writes_it_whole(tmp_path):
    out = tmp_path / "report.html"
    pages = [b"<!doctype html>" + letter * 500_000 for letter in (b"a", b"b")]

    def write(page: bytes) -> None:
        for _ in range(40):
            _write(out, out, page)

    _write(out, out, pages[0])
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, page) for page in pages]
        while not all(writer.done() for writer in writers):
            assert out.read_bytes() in pages
        for writer in writers:
            writer.result()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_what_a_killed_run_left_half_written_goes_after_a_while(tmp_path):
    out, old, new = (tmp_path / name for name in ("report.html", ".report.html.1.tmp", ".report.html.2.tmp"))
    for path in (old, new):
        path.write_text("<!doc")
    os.utime(old, (0, 0))
    _write(out, out, b"<!doctype html>")
    assert new.exists() and not old.exists()


def test_a_period_before_the_ledger_is_refused(built, tmp_path, capsys):
    planted = tmp_path / "shop.duckdb"
    shutil.copyfile(built.db, planted)
    with duckdb.connect(str(planted)) as connection:
        connection.execute("update marts.segment_daily set day = day - 1, as_of_date = as_of_date - 1")
    assert main(["report", "--db", str(planted), "--out", str(tmp_path / "out.html"), "--period", "month"]) == 2
    said = capsys.readouterr().err
    assert "--period month: the ledger begins on 2026-06-29, after 2026-05-31" in said and "spine backfill" in said


def test_a_page_too_large_to_mail_is_refused(planted):
    planted.run("update marts.segments set description = repeat('x', ?)", [MOST_BYTES // 20])
    with pytest.raises(UsageError, match="more than the 3,000,000"):
        write_report(planted.db, planted.db.with_name("out.html"))
    assert not planted.db.with_name("out.html").exists()


DAY = datetime.date


@pytest.mark.parametrize(
    ("kind", "as_of", "ends", "long_since"),
    [
        ("day", DAY(2026, 3, 5), [DAY(2026, 3, 5), DAY(2026, 2, 26), DAY(2026, 2, 19)], DAY(2026, 2, 3)),
        ("month", DAY(2026, 3, 30), [DAY(2026, 2, 28), DAY(2026, 1, 31), DAY(2025, 12, 31)], DAY(2025, 11, 30)),
        ("month", DAY(2024, 2, 29), [DAY(2024, 2, 29), DAY(2024, 1, 31), DAY(2023, 12, 31)], DAY(2023, 11, 30)),
        ("quarter", DAY(2026, 3, 30), [DAY(2025, 12, 31), DAY(2025, 9, 30), DAY(2025, 6, 30)], DAY(2024, 12, 31)),
        ("quarter", DAY(2026, 6, 30), [DAY(2026, 6, 30), DAY(2026, 3, 31), DAY(2025, 12, 31)], DAY(2025, 6, 30)),
    ],
)
def test_a_period_is_the_newest_whole_one(kind, as_of, ends, long_since):
    wanted, wanted_long = wanted_days(kind, as_of)
    assert wanted[:3] == ends and wanted_long == long_since


def test_of_a_ledger_with_gaps_only_whole_spans_are_held_against_each_other():
    wanted, long_since = wanted_days("day", SAMPLE_DAY)
    known = {day: day for day in (*wanted, long_since)}
    assert period_of("day", SAMPLE_DAY, FIRST, known).before == ages(14)
    period = period_of("day", SAMPLE_DAY, FIRST, {**known, wanted[1]: ages(9)})
    assert (period.since, period.before) == (ages(9), None)  # nine days are no week
    period = period_of("day", SAMPLE_DAY, ages(2), {**dict.fromkeys(known), wanted[0]: SAMPLE_DAY})
    assert (period.since, period.long_since, period.before) == (ages(2), ages(2), None)  # the ledger begins


def test_the_money_of_a_quarter_is_that_of_its_three_months_although_its_last_days_are_missing():
    as_of, began_on = DAY(2026, 7, 5), DAY(2026, 5, 20)
    wanted, long_since = wanted_days("quarter", as_of)
    known = {**dict.fromkeys((*wanted, long_since)), wanted[0]: began_on}
    period = period_of("quarter", as_of, began_on, known)
    assert (period.name, period.last, period.months) == ("quarter 2 of 2026", began_on, ("2026-04", "2026-06"))


@pytest.mark.parametrize(("kind", "newest"), [("month", DAY(2026, 5, 31)), ("quarter", DAY(2026, 3, 31))])
def test_a_period_of_which_the_ledger_has_no_day_is_refused(kind, newest):
    as_of, began_on = DAY(2026, 7, 5), DAY(2026, 1, 1)
    wanted, long_since = wanted_days(kind, as_of)
    with pytest.raises(UsageError, match=f"no day of the last whole {kind}, which ends on 2026-06-30; .* {newest}"):
        period_of(kind, as_of, began_on, dict.fromkeys((*wanted, long_since), newest))
