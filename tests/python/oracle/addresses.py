"""Addresses (e-mail, phone) in the one spelling by which they are compared, and as they are kept: hashed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict

# Blanks, characters that nobody sees, and the dashes of word processors.
UNSEEN = "\\s\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
BETWEEN_DIGITS = UNSEEN + "().\\/\u2010-\u2015\u2212-"
_NEVER_IN_AN_ADDRESS = set('@<>()[]\\:;,"')


def trimmed(text: str) -> str:
    """Without white space and characters that nobody sees at both ends."""
    return re.sub(f"^[{UNSEEN}]+|[{UNSEEN}]+\\Z", "", text)


def email_of(text: str) -> str | None:
    """Composed, without what nobody sees, in lower case; None for what is no e-mail address, or several."""
    address = re.sub(f"[{UNSEEN}]", "", unicodedata.normalize("NFC", text)).lower()
    if address.endswith(">") and address.count("<") == 1 and address.count(">") == 1:
        address = address[address.index("<") + 1 : -1]
    if address.startswith("mailto:"):
        address = address.removeprefix("mailto:").partition("?")[0]
    local, _, domain = address.partition("@")
    if not local or set(local) & _NEVER_IN_AN_ADDRESS or set(domain) & (_NEVER_IN_AN_ADDRESS | {"'"}):
        return None
    return address if all(domain.split(".")) else None


def phone_of(text: str) -> str | None:
    """Its digits, with a plus where it names its country (+49, 0049); None for what is no phone number."""
    text = trimmed(text)
    if not re.fullmatch(f"\\+?[0-9{BETWEEN_DIGITS}]{{7,30}}", text) or not re.search("[1-9]", text):
        return None
    if text.startswith(("+", "00")) and "(" in text and text[text.index("(") :].startswith("(0)"):
        text = text.replace("(0)", "", 1)
    text = re.sub(r"^(\+?[0-9]+)\.0+$", r"\1", text)
    digits = "".join(char for char in text if char in "+0123456789")
    return ("+" + digits[2:] if digits.startswith("00") else digits) or None


def read_address(value: object) -> str | None:
    """The kind of an address and its hash, as one text."""
    text = str(value)
    for kind, address in (("email", email_of(text)), ("phone", phone_of(text))):
        if address:
            return f"{kind}:{hashlib.sha256(address.encode()).hexdigest()[:32]}"
    return None


def is_address(identifier: str) -> bool:
    """Whether an identifier is the hash of an address."""
    return identifier.startswith(("email:", "phone:")) and len(identifier) == 38


def address_in_id(customer_id: str | None) -> str | None:
    """The address that a customer id is, if it is one: an e-mail address, or a phone number with a plus."""
    if customer_id is None or not ("@" in customer_id or customer_id.startswith("+")):
        return None
    return read_address(customer_id)


def compared(identifier_type: str, identifier: str) -> str:
    """An identifier as it is compared: an address by its hash; what is none, though its type says so, in lower case."""
    if identifier_type in ("email", "phone"):
        return read_address(identifier) or identifier.lower()
    return identifier


def addresses_of_ids(rows: dict[str, list], customer_ids: set[str], is_junk) -> dict[str, set[str]]:
    """What address each customer id is said to have: by identities, customers and orders, or because the id is one."""
    named = [
        (
            row.customer_id,
            row.identifier if row.identifier_type in ("email", "phone") else address_in_id(row.identifier),
        )
        for row in rows["identities"]
    ]
    named += [
        (row.customer_id, address)
        for table in ("customers", "orders")
        for row in rows[table]
        for address in (row.email, row.phone)
    ]
    named += [(customer_id, address_in_id(customer_id)) for customer_id in customer_ids]
    found: dict[str, set[str]] = defaultdict(set)
    for customer_id, address in named:
        if None not in (customer_id, address) and is_address(address) and not is_junk(address):
            found[customer_id].add(address)
    return found
