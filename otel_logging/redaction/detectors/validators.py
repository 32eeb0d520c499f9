"""Check digits and shapes that tell a secret from a number that looks like one."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

_DIGITS = re.compile(rb"[0-9]+")
FRACTION = re.compile(rb"[0-9]{1,8}\.[0-9]{12,}")
"""A number as computers print it, such as a duration in seconds: its digits are no card's."""
_ISSUERS = re.compile(
    rb"4(?:\d{12}|\d{15})"  # Visa
    rb"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    rb"|3[47]\d{13}"  # American Express
    rb"|(?:6011|65\d\d|64[4-9]\d)\d{12}"  # Discover
    rb"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    rb"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners Club
    rb"|62\d{14,17}"  # UnionPay
    rb"|9[0-9]{15}"  # Korean domestic
)


def luhn(digits: bytes) -> bool:
    """Whether the digits pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = digit - 48
        if position % 2:
            value = value * 2 - 9 * (value > 4)
        total += value
    return total % 10 == 0


def payment_card(match: bytes) -> Iterator[tuple[int, int]]:
    """Card numbers in a run of digit groups: issuer prefix, length, grouping and check digit."""
    if FRACTION.fullmatch(match):
        return
    groups = [found.span() for found in _DIGITS.finditer(match)]
    first = 0
    while first < len(groups):
        last = _card_end(match, groups, first)
        if last is None:
            first += 1
            continue
        yield groups[first][0], groups[last][1]
        first = last + 1


def _card_end(match: bytes, groups: list[tuple[int, int]], first: int) -> int | None:
    """Index of the last group of a card that starts at group ``first``."""
    digits = b""
    for last in range(first, min(len(groups), first + 19)):
        digits += match[slice(*groups[last])]
        if len(digits) > 19:
            return None
        sizes = [end - start for start, end in groups[first : last + 1]]
        if len(digits) >= 13 and _is_card(digits, sizes):
            return last
    return None


def _is_card(digits: bytes, sizes: list[int]) -> bool:
    if not _ISSUERS.fullmatch(digits) or not luhn(digits):
        return False
    if len(sizes) == 1:
        return len(digits) < 19 or digits.startswith(b"62")
    uniform = len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0] and sizes[0] != 2
    return uniform or sizes in ([4, 6, 5], [4, 6, 4], [4, 4, 5])


def iban(match: bytes) -> Iterable[tuple[int, int]]:
    """An IBAN with the right check digits (ISO 13616, ISO 7064 MOD 97-10)."""
    text = match.replace(b" ", b"").replace(b"-", b"").decode().upper()
    for length in range(len(text), 14, -1):
        moved = text[4:length] + text[:4]
        number = "".join(str(int(char, 36)) for char in moved)
        if int(number) % 97 == 1:
            return [(0, _position(match, length))]
    return []


def _position(match: bytes, length: int) -> int:
    """Offset after ``length`` characters that are no separators."""
    seen = 0
    for offset, byte in enumerate(match):
        seen += byte not in b" -"
        if seen == length:
            return offset + 1
    return len(match)


def resident_number(match: bytes) -> Iterable[tuple[int, int]]:
    """A Korean resident or foreigner registration number: its first half is a date of birth."""
    digits = b"".join(_DIGITS.findall(match))
    century = {b"1": 1900, b"2": 1900, b"5": 1900, b"6": 1900}.get(digits[6:7], 2000)
    try:
        dt.date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return []
    return [(0, len(match))]


def email(match: bytes) -> Iterable[tuple[int, int]]:
    """An e-mail address, not a file name such as image@2x.png nor a Git remote."""
    local, _, domain = match.partition(b"@")
    ending = domain.rpartition(b".")[2].lower()
    if local == b"git" or ending in _FILE_ENDINGS:
        return []
    return [(0, len(match))]


_FILE_ENDINGS = frozenset(b"png jpg jpeg gif svg webp css js ts py json html service".split())


def credential(match: bytes) -> Iterable[tuple[int, int]]:
    """What follows ``Bearer`` or ``Basic`` when it is a credential and not a word of prose."""
    looks_random = (
        any(48 <= byte <= 57 for byte in match)
        or len(match) >= 24
        or (match.isalpha() and not match[1:].islower() and not match.isupper())
    )
    return [(0, len(match))] if looks_random else []


def random_code(match: bytes) -> Iterable[tuple[int, int]]:
    """A query value long and mixed enough to be a secret: ``code=404`` is none."""
    short = len(match) < 4 or (match.isdigit() and len(match) < 6)
    word = match.islower() and match.isalpha()
    return [] if short or word else [(0, len(match))]
