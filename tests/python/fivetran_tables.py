"""Tables as Fivetran lands them: written as files, or loaded with their types into a schema of a database."""

import csv
from collections.abc import Iterable
from pathlib import Path

import duckdb

_ADDRESS = (
    "{0}_name {0}_first_name {0}_last_name {0}_company {0}_phone {0}_address_1 {0}_address_2 {0}_city {0}_country "
    "{0}_country_code {0}_province {0}_province_code {0}_zip {0}_latitude {0}_longitude"
)
_PLACES = f"{_ADDRESS.format('shipping_address')} {_ADDRESS.format('billing_address')}"

# The columns of each table, in their order.
COLUMNS = {
    "order": (
        "id note email taxes_included currency subtotal_price total_tax total_price created_at updated_at name "
        f"{_PLACES} "
        "customer_id location_id user_id number order_number financial_status fulfillment_status processed_at "
        "processing_method referring_site cancel_reason cancelled_at closed_at total_discounts "
        "total_line_items_price total_weight source_name browser_ip buyer_accepts_marketing token cart_token "
        "checkout_token test landing_site_base_url presentment_currency _fivetran_deleted _fivetran_synced"
    ),
    "order_line": (
        "order_id id product_id variant_id name title vendor price quantity grams sku fulfillable_quantity "
        "fulfillment_service gift_card requires_shipping taxable index total_discount pre_tax_price fulfillment_status "
        "_fivetran_synced"
    ),
    "tax_line": "index order_line_id _fivetran_synced price rate title price_set",
    "order_shipping_line": (
        "id order_id _fivetran_synced carrier_identifier code delivery_category discounted_price phone price "
        "requested_fulfillment_service_id source title discounted_price_set price_set"
    ),
    "refund": "id created_at processed_at note restock user_id _fivetran_synced total_duties_set order_id",
    "order_line_refund": (
        "id location_id refund_id restock_type quantity order_line_id _fivetran_synced subtotal total_tax_set "
        "subtotal_set total_tax"
    ),
    "order_adjustment": (
        "id order_id refund_id amount tax_amount kind reason amount_set tax_amount_set _fivetran_synced"
    ),
    "product": (
        "id title handle product_type vendor created_at updated_at published_at published_scope _fivetran_deleted "
        "_fivetran_synced"
    ),
    "customer": (
        "id first_name last_name email phone state orders_count total_spent created_at updated_at accepts_marketing "
        "tax_exempt verified_email default_address_id _fivetran_synced accepts_marketing_updated_at "
        "email_marketing_consent_state email_marketing_consent_opt_in_level email_marketing_consent_consent_updated_at "
        "sms_marketing_consent_state sms_marketing_consent_consent_updated_at _fivetran_deleted"
    ),
    "person": (
        "id updated created _fivetran_deleted first_name last_name address_1 address_2 title timezone organization "
        "region longitude latitude phone_number country zip city email _fivetran_synced last_event_date "
        "custom_accepts_marketing custom_consent custom_consent_timestamp subscriptions_email_marketing_consent "
        "subscriptions_email_marketing_can_receive_email_marketing subscriptions_email_marketing_timestamp "
        "subscriptions_email_marketing_last_updated subscriptions_sms_marketing_consent "
        "subscriptions_sms_marketing_timestamp subscriptions_sms_marketing_last_updated"
    ),
    "event": (
        "id person_id campaign_id flow_id flow_message_id uuid datetime timestamp _fivetran_deleted metric_id type "
        "_variation property_value property_bounce_type _fivetran_synced"
    ),
    "metric": (
        "id name integration_id created updated _fivetran_deleted _fivetran_synced integration_category "
        "integration_name"
    ),
    "global_exclusion": "person_id reason timestamp _fivetran_synced",
    "campaign": (
        "id from_name status_id campaign_type status_label from_email subject name status created updated send_time "
        "sent_at _fivetran_deleted email_template_id _fivetran_synced archived scheduled"
    ),
    "campaign_message": "id campaign_id template_id channel content_subject created label updated _fivetran_synced",
    "member": (
        "id list_id _fivetran_synced country_code dstoff email_address email_client email_type gmtoff ip_opt ip_signup "
        "language last_changed latitude longitude member_rating merge_fname merge_lname status timestamp_opt "
        "timestamp_signup timezone unique_email_id vip"
    ),
    "unsubscribe": "campaign_id member_id _fivetran_synced list_id reason timestamp",
    "campaign_recipient": "campaign_id member_id _fivetran_synced combination_id list_id",
    "campaign_recipient_activity": (
        "action campaign_id member_id timestamp _fivetran_synced bounce_type combination_id ip list_id url"
    ),
}
MAILCHIMP_CAMPAIGN = (
    "id _fivetran_deleted _fivetran_synced archive_url authenticate content_type create_time list_id send_time status "
    "subject_line title type"
)


def write_table(path: Path, columns: str, rows: Iterable[dict[str, object]]) -> None:
    """Writes rows as a CSV file of all the columns; a row gives those that it has something in."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns.split())
        writer.writeheader()
        writer.writerows(rows)


def read_tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of the files of a folder, by the name of the file up to its first dot."""
    tables: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            tables.setdefault(path.name.split(".")[0], []).extend(csv.DictReader(file))
    return tables


def newest(rows: Iterable[dict[str, str]], *key: str) -> list[dict[str, str]]:
    """Of the rows with the same key the one that Fivetran wrote last."""
    found: dict[tuple, dict[str, str]] = {}
    for row in sorted(rows, key=lambda row: row["_fivetran_synced"]):
        found[tuple(row[name] for name in key)] = row
    return list(found.values())


def load_schema(db: Path, schema: str, folder: Path) -> None:
    """Loads the files of a folder into tables of a schema, as typed as in a warehouse."""
    names = {path.name.split(".")[0] for path in folder.glob("*.csv")}
    with duckdb.connect(str(db)) as connection:
        connection.execute(f"create schema {schema}")
        for name in sorted(names):
            files = f"read_csv('{folder}/{name}.*csv', union_by_name = true, sample_size = -1)"
            connection.execute(f'create table {schema}."{name}" as from {files}')
