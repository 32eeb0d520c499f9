"""A policy of one's own in both layers: other profiles, paths, patterns, sections of services."""

import pytest

from otel_logging.redaction import Engine, parse_policy
from otel_logging.redaction.compiler import compile_policy
from tests.redaction.cases import Case, remains
from tests.redaction.passing import strip, through
from tests.redaction.surfaces import MAP_SURFACES, TEXT_SURFACES

POLICY = parse_policy("""\
version: 1
profiles: [default, payment, korean]
keys:
  - {name: password, match: [password]}
  - {name: badge, match: [badge number], action: drop}
paths:
  - {name: guests, match: ["guests[*].phone", "**.passport.code"]}
  - {name: note, match: [order.internal]}
values:
  - {name: ticket, pattern: 'TCK-(?P<secret>[0-9]{6})'}
  - {detector: email, action: partial}
safe:
  keys: [password.policy]
services:
  clinic:
    keys: [{name: diagnosis, match: [diagnosis, blood group]}]
    values: [{name: patient, pattern: 'PAT-[0-9]{8}'}]
""")
TEXTS = {
    "card track": ("%B4111111111111111^DOE/JOHN^29121010000?", "DOE/JOHN"),
    "second track": (";4111111111111111=29121010000?", "29121010000"),
    "bitcoin key": (
        "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
        "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
    ),
    "resident number without hyphen": ("reg 9001011234567 ok", "9001011234567"),
    "driving licence": ("licence 11-15-123456-61 ok", "11-15-123456-61"),
    "business number": ("firm 120-81-47521 ok", "120-81-47521"),
    "korean passport": ("passport M123A4567 ok", "M123A4567"),
    "landline": ("call 031-1234-5678 now", "031-1234-5678"),
    "ticket": ("see TCK-123456 please", "123456"),
    "patient of a service": ("seen PAT-20261124 today", "PAT-20261124"),
    "partial mail": ("from robert@example.com here", "robert@"),
    "name of a service in text": ("diagnosis: Zk9mnb4x", "Zk9mnb4x"),
    "dropped name in text": ("badge number: Zk9mnb4x", "Zk9mnb4x"),
}
MAPS = {
    "path in a list": ({"guests": [{"phone": "Zk9mnb4x", "seat": "12A"}]}, "Zk9mnb4x"),
    "path at any depth": ({"a": {"b": {"passport": {"code": "Zk9mnb4x"}}}}, "Zk9mnb4x"),
    "path with dots": ({"order.internal": "Zk9mnb4x"}, "Zk9mnb4x"),
    "key of a service": ({"patient": {"bloodGroup": "Zk9mnb4x"}}, "Zk9mnb4x"),
    "dropped key": ({"badgeNumber": "Zk9mnb4x"}, "Zk9mnb4x"),
}
CASES = [
    Case(f"{name} in {surface.name}", surface, value, (secret,))
    for chosen, surfaces in ((TEXTS, TEXT_SURFACES), (MAPS, MAP_SURFACES))
    for name, (value, secret) in chosen.items()
    for surface in surfaces
    if surface.unreachable is None
]


def test_engine_masks_by_this_policy():
    """Each secret is there before, and gone after, where the service's section applies."""
    engine = Engine(POLICY, "clinic")
    leaks = [
        case.name
        for case in CASES
        if remains(case.surface.engine(engine, case.value), case.secrets)
    ]

    assert [case.name for case in CASES if not remains(case.value, case.secrets)] == []
    assert leaks == []


def test_default_policy_leaves_most_of_it():
    """The guard: it is this policy that masks, and not the one in the package."""
    engine = Engine(parse_policy("version: 1\nprofiles: [default]\n"))
    left = {
        case.name.rpartition(" in ")[0]
        for case in CASES
        if remains(case.surface.engine(engine, case.value), case.secrets)
    }

    assert left >= {*TEXTS, *MAPS} - {
        "card track",
        "second track",
        "partial mail",
        "path in a list",
    }


@pytest.mark.collector
def test_collector_masks_the_same(tmp_path):
    """The rules of every service hold there, and path rules by their last key."""
    received = through(tmp_path, CASES, compile_policy(POLICY))
    leaks = {
        case.name: left
        for case in CASES
        if (left := remains(strip(received[case.label]), case.secrets))
    }

    assert leaks == {}
