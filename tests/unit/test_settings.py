"""Settings are read from the environment and refused with a reason."""

import logging

import pytest

from otel_logging import Settings, SettingsError
from otel_logging.settings import Secret


def test_nothing_set_gives_the_documented_defaults():
    """An empty environment is a valid one."""
    settings = Settings.from_environ({})

    assert (
        settings.log_level,
        settings.logger_levels,
        settings.console,
        settings.policy,
        settings.redaction,
    ) == (logging.INFO, {}, "auto", None, True)
    assert (
        settings.edge,
        settings.baggage_keys,
        settings.shutdown_timeout,
        settings.queue_size,
        settings.bridge,
    ) == (False, ("user.id", "user.roles"), 5.0, 20_000, "direct")


def test_every_variable_is_read(tmp_path):
    """Each variable sets its own field."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("")
    settings = Settings.from_environ(
        {
            "OTLOG_LOG_LEVEL": "debug",
            "OTLOG_LOGGER_LEVELS": "a.b=WARNING, c=5",
            "OTLOG_CONSOLE": "JSON",
            "OTLOG_POLICY": str(policy),
            "OTLOG_REDACTION": "off",
            "OTLOG_EDGE": "true",
            "OTLOG_BAGGAGE_KEYS": "user.id, tenant",
            "OTLOG_SHUTDOWN_TIMEOUT": "2.5",
            "OTLOG_QUEUE_SIZE": "7",
            "OTLOG_QUEUE_BYTES": "9",
            "OTLOG_SPOOL": str(tmp_path / "spool"),
            "OTLOG_SPOOL_BYTES": "11",
            "OTLOG_BRIDGE": "compat",
            "OTLOG_LEVELS_FILE": str(tmp_path / "levels.yaml"),
            "OTLOG_DEBUG_KEY": "k" * 32,
        }
    )

    assert (
        Settings(
            log_level=logging.DEBUG,
            logger_levels={"a.b": logging.WARNING, "c": 5},
            console="json",
            policy=policy,
            redaction=False,
            edge=True,
            baggage_keys=("user.id", "tenant"),
            shutdown_timeout=2.5,
            queue_size=7,
            queue_bytes=9,
            spool=tmp_path / "spool",
            spool_bytes=11,
            bridge="compat",
            levels_file=tmp_path / "levels.yaml",
            debug_key=Secret("k" * 32),
        )
        == settings
    )


def test_log_level_is_an_alias_and_the_prefixed_one_wins():
    """`LOG_LEVEL` works, and gives way to `OTLOG_LOG_LEVEL`."""
    assert Settings.from_environ({"LOG_LEVEL": "DEBUG"}).log_level == logging.DEBUG
    both = {"LOG_LEVEL": "DEBUG", "OTLOG_LOG_LEVEL": "ERROR"}
    assert Settings.from_environ(both).log_level == logging.ERROR


def test_an_empty_variable_counts_as_unset():
    """The OpenTelemetry specification asks for it."""
    assert Settings() == Settings.from_environ({"OTLOG_EDGE": "", "OTLOG_QUEUE_SIZE": " "})


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("OTLOG_LOG_LEVEL", "LOUD", "expected one of TRACE"),
        ("LOG_LEVEL", "LOUD", "expected one of TRACE"),
        ("OTLOG_LOGGER_LEVELS", "a", "expected name=LEVEL"),
        ("OTLOG_LOGGER_LEVELS", "a=LOUD", "expected one of TRACE"),
        ("OTLOG_CONSOLE", "yaml", "expected one of auto, text, json, off"),
        ("OTLOG_POLICY", "/nowhere/policy.yaml", "no such file"),
        ("OTLOG_REDACTION", "no", "expected one of on, off"),
        ("OTLOG_EDGE", "yes", "expected one of true, false"),
        ("OTLOG_SHUTDOWN_TIMEOUT", "0", "positive number of seconds"),
        ("OTLOG_SHUTDOWN_TIMEOUT", "nan", "positive number of seconds"),
        ("OTLOG_SHUTDOWN_TIMEOUT", "inf", "positive number of seconds"),
        ("OTLOG_QUEUE_SIZE", "-1", "positive whole number"),
        ("OTLOG_QUEUE_BYTES", "1.5", "positive whole number"),
        ("OTLOG_SPOOL", "/nowhere/spool", "its folder does not exist"),
        ("OTLOG_SPOOL_BYTES", "0", "positive whole number"),
        ("OTLOG_BRIDGE", "fast", "expected one of direct, compat"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_reason(variable, value, reason):
    """The error names the variable, shows the value and says what is expected."""
    with pytest.raises(SettingsError, match=reason) as caught:
        Settings.from_environ({variable: value})

    assert (variable, value) == (caught.value.variable, caught.value.value)
    assert str(caught.value).startswith(f"{variable}={value!r}: ")


def test_a_levels_file_may_be_missing_but_not_its_folder(tmp_path):
    """The file may come later; without the folder nobody could put it there."""
    path = tmp_path / "levels.yaml"

    assert Settings.from_environ({"OTLOG_LEVELS_FILE": str(path)}).levels_file == path
    with pytest.raises(SettingsError, match="its folder does not exist"):
        Settings.from_environ({"OTLOG_LEVELS_FILE": str(tmp_path / "no" / "levels.yaml")})
