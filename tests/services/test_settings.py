"""Settings of the services: from the environment, refused by name."""

from __future__ import annotations

import dataclasses
from types import ModuleType

import pytest

from services.auth_service import settings as auth
from services.event_service import settings as events
from services.gateway import settings as gateway

GOOD = {
    auth: {"AUTH_SIGNING_KEY_FILE": "key.pem"},
    events: {"EVENT_AMQP_URL": "amqp://guest:s3cret@h/", "EVENT_AUTH_URL": "http://h:1"},
    gateway: {
        "GATEWAY_AUTH_URL": "http://h:1",
        "GATEWAY_EVENT_URL": "http://h:2",
        "GATEWAY_AMQP_URL": "amqp://guest:s3cret@h/",
    },
}
BAD = [
    (auth, "AUTH_SIGNING_KEY_FILE", ""),
    (auth, "AUTH_DATABASE_URL", "mysql://h/x"),
    (auth, "AUTH_DATABASE_URL", "accounts.db"),
    (auth, "AUTH_ACCESS_LIFETIME", "0"),
    (auth, "AUTH_REFRESH_LIFETIME", "a day"),
    (auth, "AUTH_LOCK_FAILURES", "0"),
    (auth, "AUTH_LOCK_SECONDS", "-1"),
    (auth, "AUTH_ATTACK_FAILURES", "many"),
    (events, "EVENT_AMQP_URL", ""),
    (events, "EVENT_AMQP_URL", "http://h"),
    (events, "EVENT_AUTH_URL", "h:1"),
    (events, "EVENT_REQUEST_TIMEOUT", "nan"),
    (events, "EVENT_RETRY_PAUSE", "-1"),
    (events, "EVENT_PREFETCH", "0"),
    (events, "EVENT_BATCH_SIZE", "1.5"),
    (events, "EVENT_BATCH_SECONDS", "0"),
    (gateway, "GATEWAY_STACK", "tall"),
    (gateway, "GATEWAY_AUTH_URL", ""),
    (gateway, "GATEWAY_EVENT_URL", "ftp://h"),
    (gateway, "GATEWAY_AMQP_URL", "amqp:///"),
    (gateway, "GATEWAY_REQUEST_TIMEOUT", "soon"),
    (gateway, "GATEWAY_MAX_ORDERS", "0"),
]


@pytest.mark.parametrize("module", GOOD, ids=lambda module: module.__name__)
def test_good_settings(module: ModuleType):
    """The variables that must be set are enough, and settings cannot be changed."""
    settings = module.Settings.from_environ(GOOD[module])

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(settings, dataclasses.fields(settings)[0].name, "changed")
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(("module", "name", "value"), BAD)
def test_bad_settings(module: ModuleType, name: str, value: str):
    """A wrong variable is named, and the message says what to do."""
    with pytest.raises(module.SettingsError, match=rf"^{name} .*: (set|use|give|name) "):
        module.Settings.from_environ({**GOOD[module], name: value})
