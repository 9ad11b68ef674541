"""Addresses (e-mail, phone) in the one spelling by which they are compared, and as they are kept: hashed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict

# White space, control characters, and what Unicode calls ignorable: characters that nobody sees.
UNSEEN = (
    "\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
# Blanks, brackets, full stops, slashes, and the dashes of word processors.
AROUND_DIGITS = UNSEEN + r"()._\/" + "\xb7\u2010-\u2015\u2212\ufe63\uff0d-"
_UNSEEN_ONES = set(re.findall(f"[{UNSEEN}]", "".join(map(chr, range(0xE1000)))))
_MARKS_BEFORE_AT = set(".!#$&'*+/=?^_~-")
_MARKS_AT_FIRST = set("._+-")


def trimmed(text: str) -> str:
    """Without white space and characters that nobody sees at both ends."""
    start, end = 0, len(text)
    while start < end and text[start] in _UNSEEN_ONES:
        start += 1
    while start < end and text[end - 1] in _UNSEEN_ONES:
        end -= 1
    return text[start:end]


def _is_blank(char: str) -> bool:
    """Whether a character takes room, and shows nothing."""
    return char in "\t\n\x0b\x0c\r\x85" or unicodedata.category(char)[0] == "Z"


def _is_of(kinds: str, marks: set[str], text: str) -> bool:
    """Whether all characters are of these kinds (L letter, M mark, N number), or among some marks."""
    return all(char in marks or unicodedata.category(char)[0] in kinds for char in text)


def email_of(text: str) -> str | None:
    """Without what nobody sees, composed, in lower case; None for what is no e-mail address, or several."""
    seen = "".join(" " if _is_blank(char) else "" if char in _UNSEEN_ONES else char for char in text)
    address = "@".join(part.strip(" ") for part in unicodedata.normalize("NFC", seen).lower().split("@"))
    if address.endswith(">") and address.count("<") == 1 and address.count(">") == 1:
        name, _, address_in_marks = address[:-1].partition("<")
        address = address if "@" in name else address_in_marks.strip(" ")
    target, _, query = address.partition("?")
    if address.startswith("mailto:") and _is_subject_and_body(query):
        address = target.removeprefix("mailto:").strip(" ")
    local, _, domain = address.partition("@")
    if not local or not _is_of("LN", _MARKS_AT_FIRST, local[0]) or not _is_of("LMN", _MARKS_BEFORE_AT, local):
        return None
    if not all(domain.split(".")) or not _is_of("LMN", {".", "-"}, domain) or domain.endswith("-"):
        return None
    # In full width, the same letters would be another address.
    return None if any("\uff00" <= char <= "\uffef" for char in address) else address


def _is_subject_and_body(query: str) -> bool:
    """Whether no more follows the `?` of a mailto: than a subject and a text, which name nobody else."""
    parts = query.removesuffix("&").split("&") if query else []
    return all(part.startswith(("subject=", "body=")) and "@" not in part for part in parts)


def _is_two_numbers(text: str) -> bool:
    """Whether seven digits stand on either side of a slash or a line break."""
    digits = [sum(char in "0123456789" for char in text[:place]) for place in range(len(text) + 1)]
    return any(char in "/\n\r" and min(digits[at], digits[-1] - digits[at]) >= 7 for at, char in enumerate(text))


def phone_of(text: str) -> str | None:
    """Its digits, with a plus where it names its country (+49, 0049); None for what is no phone number."""
    text = trimmed(text)
    text = text[4:] if text[:4].lower() == "tel:" else text
    text = re.sub(r"^(\+?[0-9]+)\.0+$", r"\1", text)
    if not re.fullmatch(f"[{AROUND_DIGITS}]*\\+?[0-9{AROUND_DIGITS}]{{7,30}}", text) or not re.search("[1-9]", text):
        return None
    leading = re.sub("^[^0-9+]+", "", text)
    if not leading.startswith("00") and "+" not in text and _is_two_numbers(text):
        return None
    if leading.startswith(("+", "00")) and "(" in leading and leading[leading.index("(") :].startswith("(0)"):
        text = leading.replace("(0)", "", 1)
    digits = "".join(char for char in text if char in "+0123456789")
    number = "+" + digits[2:] if digits.startswith("00") else digits
    return number if 1 <= len(number.removeprefix("+")) <= 15 else None


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
    if customer_id is None or not ("@" in customer_id or "+" in customer_id):
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
