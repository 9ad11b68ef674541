"""Every data test of the project fails on planted bad data, and on nothing else.

The project is built once by dbt; then each test's compiled SQL runs inside a transaction of its own: no rows
at first, rows after the fault is planted.
"""

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from compiled import run_dbt
from spine.sample.shop import generate_sample

AS_OF = datetime.date(2026, 6, 30)

# The sample has these on purpose, or is too small for them: set right before the fault is planted.
SET_RIGHT = {
    "refunded_orders_have_refunds": "update marts.data_quality set affected_rows = 0 where metric = 'missing_refunds'",
    "names_are_mapped": "delete from marts.data_quality where metric = 'unmapped_event_name'",
    "segment_shares_within_warn_bounds": (
        "update marts.segment_health set reason = 'too few customers to judge'"
        " where customer_share not between min_share_warn and max_share_warn"
    ),
}


def trait_row(**columns: object) -> str:
    """Inserts a row of traits.csv that is sound but for the columns given."""
    row = {
        "trait": "x", "type": "number", "measure": "count", "activity": "ordered", "scope": "any", "scope_value": "any",
        "from_days": "0", "to_days": "29", "meaning": "X",
    } | columns  # fmt: skip
    return f"insert into rules.traits values ({', '.join(repr(str(value)) for value in row.values())})"


def attribute_row(**columns: object) -> str:
    """The same of an attribute."""
    attribute = {
        "type": "text", "measure": "attribute", "activity": "profile", "scope": "column",
        "scope_value": "favourite_store", "from_days": "life", "to_days": "life",
    }  # fmt: skip
    return trait_row(**attribute | columns)


def change_row(segment_key: str, change: str = "entered", cause: str | None = "time") -> str:
    """Inserts a stay of a customer that begins, or ends, on the day."""
    why = "null" if cause is None else f"'{cause}'"
    days = f"'{AS_OF}', null, {why}, null" if change == "entered" else f"'2026-01-01', '{AS_OF}', 'start', {why}"
    return (
        "insert into marts.segment_membership_history (customer_id, segment_key, as_of_date, segment_kind,"
        f" entered_on, exited_on, entry_cause, exit_cause) values ('c', '{segment_key}', '{AS_OF}', 'value', {days})"
    )


# Per test that is singular or named, the faults it must find; each in a database that is sound but for it.
FAULTS = {
    # rules
    "clause_values_can_be_read": [
        "update rules.segment_clauses set value = 'many' where trait = 'net_revenue_90d'",
        "update rules.segment_clauses set value = '0..30' where trait = 'net_revenue_90d'",
        "update rules.traits set measure = 'share' where trait = 'net_revenue_90d'",
        "update rules.segment_clauses set value = '30' where trait = 'days_since_first_order'",
        "update rules.segment_clauses set value = '30..' where trait = 'days_since_first_order'",
        "update rules.segment_clauses set value = '30..0' where trait = 'days_since_first_order'",
        "update rules.segment_clauses set value = 'yes' where trait = 'is_in_trial'",
        "update rules.segment_clauses set value = 'high|' where trait = 'engagement_tier'",
        "update rules.segment_clauses set value = 'vip|high' where trait = 'value_tier'",
        "update rules.segment_clauses set operator = 'is_known' where trait = 'net_revenue_90d'",
    ],
    "clause_values_name_known_segments": [
        "update rules.segment_clauses set value = 'vipp' where trait = 'value_tier'",
        "update rules.segment_clauses set value = 'high|middling' where trait = 'engagement_tier'",
    ],
    "consent_statuses_are_safe": [
        "update rules.consent_statuses set is_contactable = true where source_status = 'pending'",
        "update rules.consent_statuses set is_contactable = true where source_status = 'erased'",
        "update rules.consent_statuses set restrictiveness = 4 where consent_status = 'opted_in'",
        "update rules.consent_statuses set restrictiveness = 9 where source_status = 'unsubscribed'",
        "update rules.consent_statuses set is_withdrawal = false where consent_status = 'bounced'",
        "update rules.consent_statuses set is_withdrawal = true where consent_status = 'opted_in'",
        "update rules.consent_statuses set is_withdrawal = false where source_status = 'unsubscribed'",
        "delete from rules.consent_statuses where source_status = 'opted_out'",
        "update rules.consent_statuses set is_for_ever = false where consent_status = 'erased'",
        "delete from rules.consent_statuses where consent_status = 'erased'",
    ],
    "engagement_tiers_cover_everyone": [
        "update rules.engagement_tiers set min_points = 6 where engagement_tier = 'medium'",
        "update rules.engagement_tiers set max_points = 6 where engagement_tier = 'low'",
        "update rules.engagement_tiers set max_points = 1000 where engagement_tier = 'high'",
        "update rules.engagement_tiers set max_points = min_points where engagement_tier = 'medium'",
        "delete from rules.engagement_tiers where engagement_tier = 'none'",
        "update rules.engagement_tiers set has_engagement = false where engagement_tier = 'low'",
        "update rules.engagement_tiers set valid_to = '2026-01-31' where engagement_tier = 'low'",
        "update rules.engagement_tiers set valid_to = '2026-01-31'",
    ],
    "lifecycle_rules_are_alive": [
        "update rules.lifecycle_stages set min_days_since_last_order = 0 where lifecycle_stage = 'at_risk'",
        "insert into rules.lifecycle_stages select * replace (8 as priority) from rules.lifecycle_stages"
        " where lifecycle_stage = 'active'",
    ],
    "lifecycle_rules_cover_everyone": [
        "update rules.lifecycle_stages set min_days_since_last_order = 92 where lifecycle_stage = 'at_risk'",
        "update rules.lifecycle_stages set max_days_since_last_order = 3650 where lifecycle_stage = 'lost'",
        "update rules.lifecycle_stages set min_orders = 2 where lifecycle_stage = 'active'",
        "delete from rules.lifecycle_stages where lifecycle_stage = 'prospect'",
        "update rules.lifecycle_stages set min_gap_days = 1 where lifecycle_stage = 'active'",
    ],
    "order_statuses_hold_the_default": [
        "delete from rules.order_statuses where source_status = 'completed'",
        "update rules.order_statuses set is_revenue = false where source_status = 'completed'",
    ],
    "rfm_fixed_bands_cover_every_value": [
        "update rules.rfm_fixed_bands set min_value = 32 where axis = 'recency' and score = 4",
        "update rules.rfm_fixed_bands set max_value = 3.5 where axis = 'frequency' and score = 3",
        "update rules.rfm_fixed_bands set max_value = 149.98 where axis = 'monetary' and score = 3",
        "update rules.rfm_fixed_bands set min_value = 1 where axis = 'recency' and score = 5",
        "update rules.rfm_fixed_bands set max_value = 100 where axis = 'frequency' and score = 5",
        "update rules.rfm_fixed_bands set score = 6 - score where axis = 'recency'",
        "update rules.rfm_fixed_bands set score = 6 where axis = 'monetary' and score = 5",
        "update rules.rfm_fixed_bands set axis = 'money' where axis = 'monetary'",
    ],
    "rfm_grid_is_monotone": [
        "update intermediate.int_rfm_grid set rfm_segment = 'lost', priority = 12"
        " where recency_score = 5 and frequency_score = 5 and monetary_score = 5",
        "update intermediate.int_rfm_grid set rfm_segment = 'champions', priority = 1"
        " where recency_score = 3 and frequency_score = 3 and monetary_score = 3",
    ],
    "source_freshness_is_sound": [
        "update rules.source_freshness set table_name = 'order'",
        "update rules.source_freshness set table_name = 'products'",
        "update rules.source_freshness set max_age_days_warn = -1",
        "update rules.source_freshness set max_age_days_error = 3",
    ],
    "value_tiers_cover_everyone": [
        "update rules.value_tiers set max_share = 0.04 where value_tier = 'vip'",
        "update rules.value_tiers set min_share = 0.04 where value_tier = 'high'",
        "update rules.value_tiers set max_share = 0.99 where value_tier = 'low'",
        "update rules.value_tiers set max_share = min_share where value_tier = 'mid'",
        "delete from rules.value_tiers where value_tier = 'none'",
        "update rules.value_tiers set has_value = false where value_tier = 'low'",
        "update rules.value_tiers set valid_from = '2026-02-01' where value_tier = 'mid'",
        "update rules.value_tiers set valid_to = '2026-01-31'",
    ],
    "traits_are_sound": [
        trait_row(trait="value_tier"),
        trait_row(activity="ordred"),
        trait_row(activity="message_opened|ordered"),
        trait_row(activity="message_opened|message_clikced"),
        trait_row(activity="profile"),
        trait_row(activity="ordered|ordered"),
        trait_row(trait="x y"),
        trait_row(trait="x" * 61),
        trait_row(type="text"),
        trait_row(type="boolean"),
        trait_row(measure="has_done"),
        trait_row(measure="revenue", activity="product_viewed"),
        trait_row(measure="quantity", activity="refunded"),
        trait_row(measure="quantity", scope="order_channel", scope_value="web"),
        trait_row(measure="share"),
        trait_row(scope_value="skincare"),
        trait_row(scope="category"),
        trait_row(activity="ticket_opened", scope="category", scope_value="skincare"),
        trait_row(activity="refunded", scope="category", scope_value="skincare"),
        trait_row(scope="channel", scope_value="web"),
        trait_row(activity="product_viewed", scope="order_channel", scope_value="web"),
        trait_row(activity="product_viewed", scope="properties.", scope_value="x"),
        trait_row(scope="category", scope_value="a||b"),
        trait_row(scope="category", scope_value="a|"),
        trait_row(scope="order_channel", scope_value="Web"),
        trait_row(scope="category", scope_value="a | b"),
        trait_row(activity="message_opened| message_clicked"),
        trait_row(from_days="30"),
        trait_row(from_days="-1"),
        trait_row(to_days="many"),
        trait_row(to_days="100000"),
        trait_row(from_days="life"),
        attribute_row(activity="ordered"),
        attribute_row(scope="category"),
        attribute_row(to_days="30"),
        *(
            attribute_row(scope_value=name)
            for name in (
                "customer_id",
                "loaded_at",
                "email",
                "Phone",
                "first_name",
                "name",
                "billing address",
                "E-Mail",
                "Mobile",
                "homeAddress",
                "phoneNumber",
                "EmailAddress",
                "customer_name",
                "Nachname",
                "Strasse",
            )
        ),
        *(attribute_row(scope="key", scope_value=name) for name in ("email_2", "Postal-Code", "user name")),
        attribute_row(scope_value="birth_date"),
        attribute_row(scope_value="country", type="boolean"),
        attribute_row(scope_value="acquisition_cost"),
        "delete from rules.event_taxonomy where event_name = 'paywall_hit'",
        "delete from rules.traits where trait = 'orders_30d'",
        "update rules.traits set measure = 'days_since_last' where trait = 'orders_30d'",
        "update rules.traits set measure = 'has_done', type = 'boolean' where trait = 'orders_30d'",
    ],
    "trait_values_occur": [
        trait_row(scope="category", scope_value="books|skinecare"),
        trait_row(scope="product", scope_value="no_such_product"),
        trait_row(scope="order_channel", scope_value="pigeon"),
        trait_row(activity="message_opened", scope="channel", scope_value="pigeon"),
        trait_row(activity="message_opened", scope="source", scope_value="pigeon"),
        trait_row(activity="message_opened", scope="campaign", scope_value="pigeon"),
        trait_row(activity="feature_used", scope="feature", scope_value="pigeon"),
        trait_row(activity="page_viewed", scope="properties.utm", scope_value="pigeon"),
        attribute_row(scope_value="favorite_store"),
        attribute_row(scope="key", scope_value="hobby"),
        attribute_row(scope="key", scope_value="hobby|household_size"),
    ],
    "clause_values_occur": [
        "update intermediate.int_clauses set trait = 'country', is_of_row_trait = true, operator = 'in',"
        " value = 'Norwegen|DE', number_from = null where trait = 'orders_life'",
    ],
    "affinity_weights_are_sound": [
        "delete from rules.affinity_weights where interaction = 'purchase'",
        "insert into rules.affinity_weights values ('look', 1)",
        "update rules.affinity_weights set weight = -1 where interaction = 'view'",
        "delete from rules.affinity_weights where interaction = 'cart'",
        "update rules.event_taxonomy set affinity_interaction = 'look' where affinity_interaction = 'view'",
    ],
    "clauses_belong_to_segments": [
        "update rules.segment_clauses set segment_key = 'big_spenders' where segment_key = 'big_spender'",
        "update rules.segment_clauses set version = 2 where segment_key = 'big_spender'",
        "update rules.segment_clauses set segment_key = 'value_vip' where segment_key = 'big_spender'",
        "delete from rules.segment_clauses where segment_key = 'big_spender'",
    ],
    "clauses_fit_their_traits": [
        "update rules.segment_clauses set operator = 'above' where trait = 'engagement_tier'",
        "update rules.segment_clauses set operator = 'in' where trait = 'net_revenue_90d'",
        "update rules.segment_clauses set operator = 'not_equals' where trait = 'is_in_trial'",
        "update rules.segment_clauses set operator = 'more_than' where trait = 'net_revenue_90d'",
        "update rules.segment_clauses set trait = 'net_revenue_91d' where trait = 'net_revenue_90d'",
    ],
    "event_taxonomy_is_sound": [
        "update rules.event_taxonomy set engagement_weight = -1 where event_name = 'product_viewed'",
        "update rules.event_taxonomy set engagement_weight = 1 where event_name = 'message_complained'",
        "update rules.event_taxonomy set event_name = 'message_openned'"
        " where source = 'hubspot' and event_name = 'message_opened'",
        "delete from rules.event_taxonomy where event_name = 'product_viewed'",
        "update rules.event_taxonomy set event_name = 'cart_filled' where event_name = 'added_to_cart'",
        "update rules.event_taxonomy set source_event_name = 'used', event_name = 'used' where event_name = 'searched'",
    ],
    "rfm_grid_is_whole": [
        "delete from intermediate.int_rfm_grid where recency_score = 3 and frequency_score = 2 and monetary_score = 1",
        "update intermediate.int_rfm_grid set rfm_segment = null where recency_score = 1",
        "insert into intermediate.int_rfm_grid select * from intermediate.int_rfm_grid limit 1",
        "update intermediate.int_rfm_grid set recency_score = 6 where recency_score = 5",
    ],
    "rfm_rules_are_alive": [
        "insert into rules.rfm_segments select * replace (13 as priority) from rules.rfm_segments where priority = 12"
    ],
    "rfm_scores_are_1_to_5": [
        "update rules.rfm_segments set max_recency_score = 6 where priority = 1",
        "update rules.rfm_segments set min_monetary_score = 0 where priority = 12",
    ],
    "rfm_segments_are_reachable": [
        "update intermediate.int_rfm_grid set rfm_segment = 'champions' where rfm_segment = 'loyalists'"
    ],
    "rules_and_catalogue_agree": [
        "delete from rules.segments where segment_key = 'rfm_unscored'",
        "update rules.rfm_segments set rfm_segment = 'champs' where rfm_segment = 'champions'",
        "delete from rules.segments where segment_key = 'engagement_low'",
        "update rules.segments set status = 'retired' where segment_key = 'value_vip'",
        "update rules.segments set valid_to = '2025-12-31' where segment_key = 'lifecycle_new'",
        "delete from rules.value_tiers where value_tier = 'mid'",
        "insert into rules.segments select * replace ('lifecycle_gone' as segment_key) from rules.segments"
        " where segment_key = 'lifecycle_lost'",
    ],
    "segment_bounds_are_sound": [
        "update rules.segment_bounds set min_share_error = 0.01 where segment_key = 'rfm_champions'",
        "update rules.segment_bounds set max_share_error = 0.10 where segment_key = 'rfm_champions'",
        "update rules.segment_bounds set max_share_error = 40 where segment_key = 'rfm_champions'",
        "update rules.segment_bounds set min_completeness = 50 where segment_key = 'rfm_champions'",
        "update rules.segment_bounds set segment_key = 'big_spenders' where segment_key = 'big_spender'",
    ],
    "segments_are_sound": [
        "update rules.segments set segment_kind = 'behavior' where segment_key = 'big_spender'",
        "update rules.segments set status = 'live' where segment_key = 'big_spender'",
        "update rules.segments set version = 0 where segment_key = 'big_spender'",
        "update rules.segments set segment_key = 'Big spender' where segment_key = 'big_spender'",
        "update rules.segments set segment_key = 'big_spender\u200b' where segment_key = 'big_spender'",
        "update rules.segments set segment_key = 'vip' where segment_key = 'value_vip'",
        "insert into rules.segments select * replace (2 as version) from rules.segments"
        " where segment_key = 'big_spender'",
        "update rules.segments set label = 'at risk ' where segment_key = 'lifecycle_at_risk'",
        "update rules.segments set label = 'At risk\u200b' where segment_key = 'lifecycle_at_risk'",
    ],
    # health
    "consent_withdrawals_are_readable": [
        "update staging.base_consent set row_status = 'quarantined', quarantine_reason = 'unusable_timestamp'"
        " where is_withdrawal",
        "update staging.base_consent set has_misspelled_address = true, customer_id = 'a@x,' where is_withdrawal",
        "create or replace table staging.stg_unreadable_rows as"
        " select 'consent' as table_name, 'wrong_number_of_fields' as quarantine_reason",
    ],
    "contactable_customers_opted_in": [
        "update marts.channel_eligibility set is_contactable = true where consent_status = 'no_record'",
        "delete from intermediate.int_consent_records where channel = 'email' and is_contactable",
        "update intermediate.int_consent_records set is_in_force = false where channel = 'email' and is_contactable",
        "delete from intermediate.int_consent_reach",
    ],
    "customers_have_one_engagement_tier": [
        "update intermediate.int_customer_engagement_tiers set engagement_tier = null where engagement_tier = 'low'",
        "delete from intermediate.int_customer_engagement_tiers where engagement_tier = 'low'",
        "insert into intermediate.int_customer_engagement_tiers"
        " select * replace (null as engagement_tier) from intermediate.int_customer_engagement_tiers limit 1",
        "insert into intermediate.int_customer_engagement_tiers"
        " select * from intermediate.int_customer_engagement_tiers limit 1",
    ],
    "customers_have_one_lifecycle_stage": [
        "update intermediate.int_customer_lifecycle set lifecycle_stage = null where lifecycle_stage = 'new'",
        "delete from intermediate.int_customer_lifecycle where lifecycle_stage = 'new'",
        "insert into intermediate.int_customer_lifecycle"
        " select * replace (null as lifecycle_stage) from intermediate.int_customer_lifecycle limit 1",
        "insert into intermediate.int_customer_lifecycle select * from intermediate.int_customer_lifecycle limit 1",
        "delete from intermediate.int_customers",
    ],
    "customers_have_one_value_tier": [
        "update intermediate.int_customer_value_tiers set value_tier = null where value_tier = 'vip'",
        "delete from intermediate.int_customer_value_tiers where value_tier = 'vip'",
        "insert into intermediate.int_customer_value_tiers"
        " select * replace (null as value_tier) from intermediate.int_customer_value_tiers limit 1",
        "insert into intermediate.int_customer_value_tiers select * from intermediate.int_customer_value_tiers limit 1",
    ],
    "erased_customers_are_not_contactable": [
        "update marts.channel_eligibility set is_contactable = true where consent_status = 'erased'",
        "update marts.customers set is_contactable_sms = true",
        "update marts.customers set contactable_channels = 'email'",
    ],
    "exceptional_keys_are_staged_once": [
        f"update staging.base_{table}_exceptions set row_status = 'staged' where row_status = 'superseded'"
        for table in ("events", "order_items")
    ],
    "waist_holds_every_event": [
        "delete from intermediate.int_event_days where rowid = (select min(rowid) from intermediate.int_event_days)"
    ],
    "no_key_vanishes": ["delete from staging.base_orders where row_status = 'staged'"],
    "versions_agree_in_customer_and_time": [
        "insert into marts.data_quality values"
        f" ('contradicting_versions', '2026-06-30', '{table}', '{subject}', 1, 2, 0.5)"
        for table, subject in (("customers", "customer_id"), ("orders", "ordered_at"), ("events", "occurred_at"))
    ],
    "people_are_not_chained": ["update marts.data_quality set affected_rows = 1 where metric = 'chained_people'"],
    "addresses_are_of_few_people": [
        "update marts.data_quality set affected_rows = 1 where metric = 'crowded_addresses'"
    ],
    "times_are_no_midnights": [
        "update marts.data_quality set affected_share = 0.500001 where metric = 'midnights' and table_name = 'refunds'"
    ],
    "lines_have_categories": [
        "update marts.data_quality set affected_share = 0.250001 where metric = 'uncategorised_lines'"
    ],
    "ids_keep_their_digits": [
        "update marts.data_quality set affected_rows = 2, total_rows = 3, affected_share = 0.666667"
        " where metric = 'rounded_ids'"
    ],
    "no_customer_holds_the_orders": [
        "update marts.data_quality set affected_share = 0.200001 where metric = 'orders_of_one_customer'"
    ],
    "ids_are_known": [
        "update marts.data_quality set affected_share = 0.900001 where metric = 'orphan_ids' and table_name = 'orders'"
    ],
    "subscription_dates_agree": [
        "update marts.data_quality set affected_share = 0.010001"
        " where metric = 'contradicting_dates' and subject = 'status live after cancelled_at'"
    ],
    "refunded_orders_have_refunds": [
        "update marts.data_quality set affected_rows = 1"
        " where metric = 'missing_refunds' and subject = 'partially_refunded'"
    ],
    "withdrawals_name_known_customers": [
        "insert into marts.data_quality values"
        " ('withdrawals_of_strangers', '2026-06-30', 'consent', 'customer_id', 2, 100, 0.02)"
    ],
    "withdrawn_customers_are_not_contactable": [
        "update marts.channel_eligibility set is_contactable = true where consent_status = 'opted_out'"
    ],
    "marts_are_of_one_day": [
        "update marts.customers set as_of_date = '2026-06-29'",
        "update marts.channel_eligibility set as_of_date = '2026-06-29' where channel = 'sms'",
        "update marts.segment_daily set as_of_date = '2026-06-29'",
    ],
    # The ledger begins with this build: what has moved is planted, too.
    "stays_do_not_overlap": [
        "update marts.segment_membership_history set exited_on = entered_on where segment_key = 'value_vip'",
        "update marts.segment_membership_history set exited_on = entered_on + 1 where segment_key = 'value_vip'",
        "update marts.segment_membership_history set entered_on = entered_on + 1 where segment_key = 'value_vip'",
        "insert into marts.segment_membership_history select * replace (entered_on - 9 as entered_on)"
        " from marts.segment_membership_history where segment_key = 'value_vip'",
        "insert into marts.segment_membership_history"
        " select * replace (entered_on - 9 as entered_on, entered_on + 1 as exited_on)"
        " from marts.segment_membership_history where segment_key = 'value_vip'",
    ],
    "open_stays_are_the_members": [
        "delete from marts.segment_membership_history where segment_key = 'value_vip'",
        "update marts.segment_membership_history set exited_on = entered_on where segment_key = 'value_vip'",
        "delete from marts.segment_members where customer_id = (select min(customer_id) from marts.segment_members)",
        "update marts.segment_membership_history set customer_id = 'nobody'"
        " where segment_key = 'value_vip' and customer_id = (select min(customer_id)"
        " from marts.segment_membership_history where segment_key = 'value_vip')",
    ],
    "customers_have_one_open_stay_of_a_kind": [
        "insert into marts.segment_membership_history"
        " select * replace ('value_none' as segment_key, entered_on - 9 as entered_on)"
        " from marts.segment_membership_history where segment_key = 'value_vip'",
        "update marts.segment_membership_history set segment_kind = 'value' where segment_kind = 'lifecycle'",
    ],
    "movements_have_known_causes": [
        "update marts.segment_membership_history set entry_cause = 'whim' where segment_key = 'value_vip'",
        "update marts.segment_membership_history set entry_cause = null where segment_key = 'value_vip'",
        "update marts.segment_membership_history set exit_cause = 'time' where segment_key = 'value_vip'",
        "update marts.segment_membership_history set exited_on = as_of_date where segment_key = 'value_vip'",
        "update marts.segment_membership_history set exited_on = as_of_date, exit_cause = 'start'"
        " where segment_key = 'value_vip'",
        change_row("value_vip", change="left", cause="start"),
        change_row("value_vip", cause=None),
    ],
    "segment_days_add_up": [
        *(
            f"update marts.segment_daily set {column} = {column} + 1 where segment_key = 'value_vip'"
            for column in ("customers", "customers_before", "entries", "exits", "entries_time", "exits_merge")
        ),
        "insert into marts.segment_daily select * replace (day - 9 as day, customers + 1 as customers)"
        " from marts.segment_daily where segment_key = 'value_vip'",
        change_row("value_vip"),
        change_row("value_vip", change="left", cause="merge"),
        change_row("value_vips"),
        # A stay begins: one more in the counts of the day, without the row in segment_changes.
        "update marts.segment_daily set entries = 1, entries_time = 1, customers_before = customers - 1"
        " where segment_key = 'value_vip'",
    ],
    "history_is_of_an_earlier_day": [
        f"update intermediate.int_history_day set published_on = date '{day}'" for day in (AS_OF, "2026-07-01")
    ],
    "optional_values_are_readable": [
        "update marts.data_quality set affected_share = 0.5"
        " where metric = 'unreadable_values' and subject = 'discount_amount'"
    ],
    "revenue_reconciles": [
        "update marts.customers set net_revenue_life = net_revenue_life + 0.01"
        " where customer_id = (select min(customer_id) from marts.customers)",
        "delete from marts.customers where net_revenue_life <> 0",
        "update staging.stg_orders set amount = amount + 0.01"
        " where order_id = (select min(order_id) from staging.stg_orders where is_completed)",
        "update staging.stg_refunds set amount = amount - 0.01"
        " where refund_id = (select min(refund_id) from staging.stg_refunds where is_counted)",
        "update marts.revenue_by_owner set net_revenue = net_revenue - 0.01 where owner_kind = 'guest'",
        "delete from marts.revenue_by_owner where owner_kind = 'guest'",
    ],
    "it_adds_up": [
        *(
            f"update marts.does_it_add_up set {column} = {column} + 0.01 where section = '{section}' and is_total"
            for section, column in (("orders", "original_amount"), ("revenue", "amount"), ("owners", "amount"))
        ),
        *(
            f"delete from marts.does_it_add_up where section = '{section}' and not is_total"
            for section in ("orders", "revenue", "invoices", "owners", "ids", "persons", "with_orders", "channels")
        ),
        # In both columns of a section, so that it adds up in itself.
        *(
            f"update marts.does_it_add_up set {column} = {column} * 2 where section = '{section}'"
            for section, column in (
                ("orders", "original_amount"),
                ("orders", "entries"),
                ("revenue", "amount"),
                ("owners", "amount"),
                ("persons", "entries"),
                ("with_orders", "entries"),
                ("channels", "entries"),
            )
        ),
        "update marts.source_reconciliation set raw_rows = raw_rows + 1 where table_name = 'orders'",
        "update marts.source_reconciliation set quarantined_rows = quarantined_rows + 1 where table_name = 'orders'",
    ],
    "totals_are_their_parts": ["update marts.data_quality set affected_share = 0.5 where metric = 'differing_totals'"],
    "orders_have_begun": ["update staging.stg_orders set ordered_on = date '9000-01-01'"],
    "rates_lead_to_the_reporting_currency": [
        "insert into staging.base_exchange_rates by name"
        " select 'staged' as row_status, 'USD' as currency, date '2026-01-01' as valid_on, 1.1 as rate;"
        " update staging.base_orders set currency_code = 'EUR'"
    ],
    "rejected_orders_within_limit": [
        "create or replace table staging.base_orders as select 'quarantined' as row_status"
    ],
    "rejected_refunds_within_limit": [
        "create or replace table staging.base_refunds as"
        " select 'quarantined' as row_status, 'negative_amount' as quarantine_reason"
    ],
    "unreadable_orders_within_limit": [
        "insert into staging.stg_unreadable_rows"
        " select 'orders', 'orders.csv', range, 'nul_byte', '{}' from range(1000000)"
    ],
    "rejected_rows_of_optional_tables_within_limit": [
        "update intermediate.int_source_reconciliation set quarantined_share = 0.010001 where table_name = 'events'"
    ],
    "scored_customers_have_one_rfm_segment": [
        "update intermediate.int_customer_rfm_segments set rfm_segment = null where rfm_segment = 'lost'",
        "delete from intermediate.int_customer_rfm_segments where rfm_segment = 'lost'",
        "insert into intermediate.int_customer_rfm_segments"
        " select * from intermediate.int_customer_rfm_segments limit 1",
        "insert into intermediate.int_customer_rfm_segments"
        " select * replace ('nobody' as customer_id) from intermediate.int_customer_rfm_segments limit 1",
    ],
    "segment_health_is_consistent": [
        "delete from marts.segment_health where segment_key = 'value_vip'",
        "update marts.segment_health set health_status = 'error' where segment_key = 'value_vip'",
        "update marts.segment_health set health_status = 'not_computable', is_within_bounds = null, reason = 'needs x'"
        " where segment_key = 'value_vip'",
        "update marts.segment_health set health_status = 'warn', is_within_bounds = false, reason = null"
        " where segment_key = 'value_vip'",
    ],
    "segments_are_computable": [
        "update marts.segments set status = 'not_computable', lacks = 'events' where segment_key = 'engagement_none'"
    ],
    "segment_members_are_customers": [
        "update marts.segment_members set customer_id = 'nobody' where segment_key = 'big_spender'",
        "delete from marts.customers where lifecycle_stage = 'new'",
    ],
    "segment_revenue_reconciles": [
        "update marts.segment_performance set net_revenue_life = net_revenue_life + 0.01"
        " where segment_key = 'value_vip'",
        "update marts.segment_performance set net_revenue_365d = net_revenue_365d + 0.01"
        " where segment_key = 'rfm_lost'",
        "delete from marts.segment_performance where segment_kind = 'engagement'",
    ],
    "segment_shares_within_error_bounds": [
        "update marts.segment_health set customer_share = 0.11 where segment_key = 'value_vip'",
        "update marts.segment_health set min_share_error = 0.5 where segment_key = 'value_vip'",
    ],
    "segment_shares_within_warn_bounds": [
        "update marts.segment_health set customer_share = 0.07, reason = null where segment_key = 'value_vip'",
        "update marts.segment_health set customer_share = 0, reason = null where segment_key = 'rfm_lost'",
    ],
    "segment_sizes_add_up": [
        "delete from marts.segment_members where segment_key = 'lifecycle_lost'",
        "delete from marts.segment_members where segment_key = 'big_spender'",
        "insert into marts.segment_members select * from marts.segment_members where segment_key = 'value_vip'",
        "update marts.segment_performance set customers = customers + 1 where segment_key = 'rfm_lost'",
        "delete from marts.customer_rfm where rfm_segment = 'lost'",
    ],
    "segments_are_complete": [
        "update marts.segment_health set min_completeness = 0.9, data_completeness = 0.8"
        " where segment_key = 'value_vip'"
    ],
    "source_rows_reconcile": [
        "update intermediate.int_source_reconciliation set staged_rows = staged_rows - 1 where table_name = 'orders'",
        "update intermediate.int_source_reconciliation set raw_rows = raw_rows + 1 where table_name = 'events'",
        "update intermediate.int_source_reconciliation set quarantined_rows = 7 where table_name = 'customers'",
        "delete from intermediate.int_quarantined_rows where table_name = 'orders'",
        "update intermediate.int_source_reconciliation set is_reconciled = false where table_name = 'orders'",
    ],
    "sources_are_fresh_error": [
        "update intermediate.int_source_freshness set age_days = max_age_days_error + 1 where table_name = 'orders'",
    ],
    "sources_are_fresh_warn": [
        "update intermediate.int_source_freshness set age_days = max_age_days_warn + 1 where table_name = 'orders'",
        "update intermediate.int_source_freshness set age_days = null, newest_on = null where table_name = 'orders'",
    ],
    "unmapped_orders_within_limit": [
        "update staging.stg_orders set order_status = 'unmapped' where order_id in"
        " (select order_id from staging.stg_orders order by 1"
        " limit (select count(*) // 10 + 1 from staging.stg_orders))",
    ],
    "names_are_mapped": [
        f"insert into marts.data_quality values ('{metric}', '2026-06-30', '{table}', 'strange', 1, 100, 0.01)"
        for metric, table in [
            ("unmapped_event_name", "events"),
            ("unmapped_order_status", "orders"),
            ("unmapped_consent_channel", "consent"),
            ("unmapped_consent_purpose", "consent"),
            ("unmapped_consent_status", "consent"),
            ("unmapped_subscription_status", "subscriptions"),
        ]
    ],
}


@dataclass(frozen=True)
class DataTest:
    """A data test as dbt compiled it."""

    name: str
    sql: str
    generic: str | None
    arguments: dict
    tested: str
    columns: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, dict[str, DataTest]]:
    """The database of a small sample, and the data tests by name."""
    folder = tmp_path_factory.mktemp("data_tests")
    generate_sample(folder / "raw", customers=600, months=24, until=AS_OF)
    outcome = run_dbt(
        "build", "--exclude-resource-type", "unit_test",
        "--vars", json.dumps({"as_of_date": AS_OF.isoformat(), "reporting_currency": "USD"}),
        target_dir=folder / "target", SPINE_DB=str(folder / "spine.duckdb"), RAW_DIR=str(folder / "raw"),
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    manifest = json.loads((folder / "target/manifest.json").read_text())
    return folder / "spine.duckdb", {test.name: test for test in data_tests(manifest, folder / "target")}


def data_tests(manifest: dict, target_dir: Path) -> Iterator[DataTest]:
    """The data tests of a manifest."""
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test":
            continue
        metadata = node.get("test_metadata") or {}
        tested = manifest["nodes"].get(node.get("attached_node") or "", {})
        yield DataTest(
            name=node["name"],
            sql=(target_dir / "compiled/segment_spine" / compiled_path(node)).read_text(),
            generic=metadata.get("name"),
            arguments=metadata.get("kwargs") or {},
            tested=(tested.get("relation_name") or "").split(".", 1)[-1],
            columns=list(tested.get("columns") or {}),
        )


def compiled_path(node: dict) -> Path:
    """Where dbt leaves the compiled SQL of a test, under the project's folder of the target."""
    if node.get("test_metadata"):
        return Path(node["original_file_path"], node["path"])
    return Path(node["original_file_path"])


@pytest.fixture
def database(built) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built database; whatever a test does to it is undone."""
    with duckdb.connect(str(built[0])) as connection:
        connection.execute("begin")
        yield connection
        connection.execute("rollback")


def count_rows(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """How many rows a test returns."""
    return connection.execute(f"select count(*) from ({sql.rstrip().rstrip(';')}) as faults").fetchone()[0]


def plant(connection: duckdb.DuckDBPyConnection, fault: str) -> None:
    """Plants a fault; every statement of it must change something."""
    for relation in sorted(set(re.findall(r"staging\.stg_\w+", fault))):
        make_table(connection, relation)
    for statement in fault.split(";"):
        count = connection.execute(statement).fetchone()
        changed = count[0] if count else 1  # a view that is replaced counts nothing
        assert changed > 0, f"changes nothing: {statement}"


def test_no_singular_test_is_left_out(built):
    singular = {test.name for test in built[1].values() if test.generic is None}
    assert singular <= set(FAULTS) <= set(built[1])


@pytest.mark.parametrize(
    ("name", "fault"),
    [(name, fault) for name, faults in FAULTS.items() for fault in faults],
    ids=[f"{name}-{i}" for name, faults in FAULTS.items() for i, _ in enumerate(faults, 1)],
)
def test_a_named_test_fails_on_its_fault(built, database, name, fault):
    test = built[1][name]
    if name in SET_RIGHT:
        database.execute(SET_RIGHT[name])
    assert count_rows(database, test.sql) == 0
    plant(database, fault)
    assert count_rows(database, test.sql) > 0


def test_a_row_silences_the_warning_of_a_grid_that_is_meant_so(built, database):
    warning = "rfm_grid_is_monotone"
    test = built[1][warning]
    plant(database, FAULTS[warning][0])
    assert count_rows(database, test.sql) > 0
    database.execute(f"insert into rules.accepted_warnings values ('{warning}', 'our scheme')")
    assert count_rows(database, test.sql) == 0


def test_each_generic_test_fails_on_its_fault(built):
    generic_tests = [test for test in built[1].values() if test.generic is not None and test.name not in FAULTS]
    assert len(generic_tests) > 80
    missed = []
    with duckdb.connect(str(built[0])) as connection:
        for test in generic_tests:
            assert count_rows(connection, test.sql) == 0, test.name
            for fault in generic_faults(test):
                connection.execute("begin")
                make_table(connection, test.tested)
                if count_rows(connection, f"from {test.tested}") == 0:
                    insert_row(connection, test.tested)
                connection.execute(fault)
                if count_rows(connection, test.sql) == 0:
                    missed.append((test.name, fault))
                connection.execute("rollback")
    assert missed == []


def insert_row(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Inserts a row of the day that has something in every text and date, and nothing in the other columns."""
    schema, name = (part.strip('"') for part in relation.split("."))
    values = {"VARCHAR": "'x'", "DATE": f"date '{AS_OF}'"}
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ?", [schema, name]
    ).fetchall()
    given = {column: values[kind] for column, kind in columns if kind in values}
    connection.execute(f"insert into {relation} ({', '.join(given)}) values ({', '.join(given.values())})")


def generic_faults(test: DataTest) -> list[str]:
    """What a generic test must find in the model it stands on."""
    table, one_row = test.tested, f"rowid = (select min(rowid) from {test.tested})"
    column = test.arguments.get("column_name")
    match test.generic:
        case "primary_key":
            required = set(test.arguments["columns"]) - set(test.arguments.get("may_be_null", []))
            is_constrained = table.startswith('"marts"')
            nulls = (
                []
                if is_constrained
                else [f"update {table} set {key} = null where {one_row}" for key in sorted(required)]
            )
            return [f"insert into {table} from {table} limit 1", *nulls]
        case "relationships":
            return [f"update {table} set {column} = 'nobody' where {one_row}"]
        case "well_formed_rules":
            return [
                f"insert into {table} from {table} limit 1",
                *(f"update {table} set {name} = null where {one_row}" for name in test.columns),
                *(f"update {table} set {name} = {text} where {one_row}"
                  for name in test.arguments.get("lower_case", [])
                  for text in ("'Upper'", f"' ' || {name}", f"{name} || '\u200b'")),
                *(f"update {table} set {name} = {least} - 1 where {one_row}"
                  for name, least in test.arguments.get("at_least", {}).items()),
                *(f"update {table} set {name} = 'pigeon' where {one_row}" for name in test.arguments.get("one_of", {})),
                # Of another day and version, so that only the priority is shared.
                *(f"insert into {table} select * replace (valid_from + 1 as valid_from, version + 1 as version)"
                  f" from {table} limit 1" for name in test.columns if name == "priority"),
                *(
                    f"update {table} set {name} = max_{name[4:]} + 1 where {one_row}"
                    for name in test.columns
                    if name.startswith("min_") and f"max_{name[4:]}" in test.columns
                ),
                *(f"update {table} set valid_from = valid_to + 1, valid_to = valid_from where {one_row}"
                  for _ in test.columns if _ == "valid_from"),
            ]  # fmt: skip
        case _:
            raise AssertionError(f"no fault is known for the generic test {test.generic}")


def make_table(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Turns a view into a table, so that faults can be planted in it."""
    schema, name = (part.strip('"') for part in relation.split("."))
    is_view = connection.execute(
        "select count(*) from duckdb_views() where schema_name = ? and view_name = ?", [schema, name]
    ).fetchone()[0]
    if is_view:
        connection.execute(f"create temp table planted as from {relation}")
        connection.execute(f"drop view {relation}")
        connection.execute(f"create table {relation} as from planted")
        connection.execute("drop table planted")
