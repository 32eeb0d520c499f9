"""Cases made at random, through the engine; `test_parity` has them pass through the Collector."""

from otel_logging.redaction import Engine, load_policy
from tests.redaction.cases import remains
from tests.redaction.generated import COUNT, generated


def test_engine_masks_every_generated_case():
    """Each secret stands in what is sent, and not in what the engine leaves."""
    engine = Engine(load_policy())
    cases = generated()
    missing = [case for case in cases if remains(case.value, case.secrets) != [*case.secrets]]
    leaks = [
        (case.name, case.value)
        for case in cases
        if remains(case.surface.engine(engine, case.value), case.secrets)
    ]

    assert len(cases) > 2 * COUNT
    assert missing == []
    assert leaks == [], "\n".join(map(repr, leaks))
