"""Every rule fires, does not fire, and recovers, on promtool."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerting.generated import FOLDER, Sources
from alerting.groups import alerts
from tests.alerting.case import LIVES, Case, beat
from tests.alerting.cases import CASES
from tests.compose.test_backends import program, run

RULES = sorted((FOLDER / "rules").glob("*.rules.yaml"))
SERVICES = ("gateway", "auth-service", "event-service")
RULE: dict[tuple[str, str], dict[str, Any]] = {
    (rule["alert"], rule["labels"]["service_name"]): rule
    for file in RULES
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
}


def series(case_series: Mapping[str, str]) -> list[dict[str, str]]:
    """The input of a test: its own series, and signs of life of all services and the Collector."""
    lives = {
        **{beat(service): LIVES for service in SERVICES},
        'up{job="collector", instance="a"}': "1x90",
        **case_series,
    }
    return [{"series": name, "values": values} for name, values in lives.items()]


def expected(case: Case) -> dict[str, Any]:
    """The alert with its labels and its texts, filled in."""
    rule = RULE[case.alert, case.service]
    labels = {**case.labels, **rule["labels"]}

    def filled(text: str) -> str:
        text = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], text)
        return re.sub(r"\{\{ \$value[^}]*\}\}", case.bad, text)

    texts = {name: filled(text) for name, text in rule["annotations"].items()}
    return {"exp_labels": labels, "exp_annotations": texts}


def at(minute: int, case: Case, *found: dict[str, Any]) -> dict[str, Any]:
    """What promtool has to find at a minute."""
    return {"eval_time": f"{minute}m", "alertname": case.alert, "exp_alerts": list(found)}


def written(case: Case) -> list[dict[str, Any]]:
    """A case as two tests of promtool."""
    fires = [at(case.before, case), at(case.fires, case, expected(case)), at(case.after, case)]
    never = [at(minute, case) for minute in (case.before, case.fires, 31, case.after)]
    return [
        {"interval": "1m", "input_series": series(one), "alert_rule_test": tests}
        for one, tests in ((case.trouble, fires), (case.quiet, never))
    ]


def check(case: Case, folder: Path) -> None:
    """Run promtool on a case, with its rule and those that are recorded."""
    rules = [
        rule
        for file in RULES
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
        if "record" in rule or rule == RULE[case.alert, case.service]
    ]
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "tested", "rules": rules}]}))
    content = {"rule_files": [str(file)], "evaluation_interval": "1m", "tests": written(case)}
    tests = folder / "tests.yaml"
    tests.write_text(yaml.safe_dump(content))
    run(program("promtool"), "test", "rules", str(tests))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_rule_fires_and_recovers(case: Case, tmp_path: Path) -> None:
    """Quiet before, firing with its texts in trouble, quiet after; quiet on what looks alike."""
    check(case, tmp_path)


def test_every_alert_has_a_case() -> None:
    """No alert is without a test, and there are more than twenty of them."""
    sources = Sources.read()
    names = {rule.alert for rule in alerts(sources.entries, sources.pace)}

    assert names - {"Watchdog"} == {case.alert for case in CASES}
    assert len(names) > 20


def test_watchdog_always_fires(tmp_path: Path) -> None:
    """Without any series at all."""
    case = Case(alert="Watchdog", service="telemetry", trouble={}, quiet={})
    test = {"interval": "1m", "alert_rule_test": [at(1, case, expected(case))]}
    file = tmp_path / "tests.yaml"
    files = [str(path) for path in RULES]
    file.write_text(yaml.safe_dump({"rule_files": files, "tests": [test]}))

    run(program("promtool"), "test", "rules", str(file))


def test_a_wrong_expectation_is_noticed(tmp_path: Path) -> None:
    """A case whose trouble is quiet fails: the tests above can."""
    (case,) = (one for one in CASES if one.alert == "ErrorLogged")
    broken = Case(alert="ErrorLogged", service="gateway", trouble=case.quiet, quiet={}, bad="1")

    with pytest.raises(AssertionError, match="FAILED"):
        check(broken, tmp_path)
