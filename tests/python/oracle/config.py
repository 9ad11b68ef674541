"""The vars of dbt_project.yml."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

AXES = ("recency", "frequency", "monetary")


@dataclass(frozen=True)
class Config:
    """Same names as the vars; ``known_until`` is a UTC timestamp (text or datetime)."""

    timezone: str = "UTC"
    reporting_currency: str = "USD"
    known_until: str | datetime | None = ""
    rfm_window_days: int = 365
    rfm_methods: dict[str, str] = field(default_factory=lambda: dict.fromkeys(AXES, "ntile"))
    tie_policies: dict[str, str] = field(default_factory=lambda: dict.fromkeys(AXES, "together"))
    tie_breakers: str = "other_metrics"
    rfm_min_population: int = 20
    refund_date_policy: str = "refunded_on"
    value_tier_basis: str = "net_revenue_365d"
    top_category_min_share: Decimal = Decimal("0.40")
    default_replenish_days: int = 30
    link_customers_by_address: bool = True
