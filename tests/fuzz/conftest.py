"""Bounded and repeatable in `make test`; `make fuzz` searches longer, and anew each time."""

from hypothesis import HealthCheck, settings

_ALWAYS = {"deadline": None, "suppress_health_check": list(HealthCheck)}

settings.register_profile("bounded", max_examples=150, derandomize=True, database=None, **_ALWAYS)
settings.register_profile("long", max_examples=20_000, **_ALWAYS)


def pytest_configure(config):
    """Choose the bounded form unless another was asked for."""
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("bounded")
