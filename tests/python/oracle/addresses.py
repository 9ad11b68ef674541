"""Addresses (e-mail, phone) in the one spelling by which they are compared, and as they are kept: hashed."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict

_WHITE_SPACE = re.compile(r"[\t\n\f\r ]")


def email_of(text: str) -> str | None:
    """Without blanks, in lower case; None for what is no e-mail address."""
    address = _WHITE_SPACE.sub("", text.strip()).lower()
    return address if address.count("@") == 1 and not address.startswith("@") and not address.endswith("@") else None


def phone_of(text: str) -> str | None:
    """Its digits, with a plus where it names its country (+49, 0049); None for what is no phone number."""
    text = text.strip()
    if not re.fullmatch(r"\+?[0-9 ().\/-]{7,30}", text):
        return None
    digits = "".join(char for char in text if char in "+0123456789")
    return ("+" + digits[2:] if digits.startswith("00") else digits) or None


def read_address(value: object) -> str | None:
    """The kind of an address and its hash, as one text."""
    text = str(value)
    for kind, address in (("email", email_of(text)), ("phone", phone_of(text))):
        if address:
            return f"{kind}:{hashlib.sha256(address.encode()).hexdigest()}"
    return None


def address_in_id(customer_id: str | None) -> str | None:
    """The address that a customer id is, if it is one: an e-mail address, or a phone number with a plus."""
    if customer_id is None or not ("@" in customer_id or customer_id.startswith("+")):
        return None
    return read_address(customer_id)


def spelled(identifier_type: str, identifier: str) -> str:
    """An identifier as it is compared."""
    if identifier_type == "email":
        return email_of(identifier) or identifier.lower()
    if identifier_type == "phone":
        return phone_of(identifier) or identifier
    return identifier


def addresses_of_ids(staged: dict[str, list], customer_ids: set[str], is_junk) -> dict[str, set[str]]:
    """What address each customer id is known to have: from identities, customer records, and ids that are one."""
    named = [
        (row.customer_id, row.identifier) for row in staged["identities"] if row.identifier_type in ("email", "phone")
    ]
    named += [(row.customer_id, text) for row in staged["customers"] for text in (row.email, row.phone)]
    named += [(customer_id, customer_id) for customer_id in customer_ids if address_in_id(customer_id)]
    found: dict[str, set[str]] = defaultdict(set)
    for customer_id, text in named:
        if text is not None and not is_junk(text) and (address := read_address(text)):
            found[customer_id].add(address)
    return found
