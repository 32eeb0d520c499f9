"""The message of each type of alert, as Alertmanager's own templates give it.

`python -m tests.alerting.messages` writes them to `tests/alerting/golden`; read, then commit them.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from alerting.generated import FOLDER
from stack.named import packaged
from tests.alerting.case import Case
from tests.alerting.cases import CASES
from tests.alerting.test_rules import RULE, expected

GOLDEN = Path(__file__).parent / "golden"
SINCE, UNTIL = "2026-03-30T07:15:00Z", "2026-03-30T07:25:30Z"
_PLAIN = '{{ template "otlog.title" . }}\n\n{{ template "otlog.mail.text" . }}'
_MAIL = '{{ template "otlog.mail.html" . }}'


def data(alerts: list[dict[str, Any]], status: str = "firing") -> dict[str, Any]:
    """What a template is given for one group of alerts."""

    def common(name: str) -> dict[str, str]:
        first, *others = (one[name] for one in alerts)
        return {k: v for k, v in first.items() if all(one.get(k) == v for one in others)}

    labels = alerts[0]["labels"]
    group = {name: labels[name] for name in ("alertname", "service_name")}
    return {
        "receiver": labels["service_name"],
        "status": status,
        "alerts": [{**one, "status": status, "startsAt": SINCE, "endsAt": UNTIL} for one in alerts],
        "groupLabels": group,
        "commonLabels": common("labels"),
        "commonAnnotations": common("annotations"),
        "externalURL": "http://127.0.0.1:9093",
    }


def alert(case: Case) -> dict[str, Any]:
    """The alert of a case."""
    made = expected(case)
    labels = {"alertname": case.alert, **made["exp_labels"]}
    return {"labels": labels, "annotations": made["exp_annotations"]}


def rendered(content: dict[str, Any], text: str = _PLAIN) -> str:
    """What amtool makes of a template and its data."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(content, file)
        file.flush()
        command = [
            packaged("amtool") or "amtool",
            "template",
            "render",
            f"--template.data={file.name}",
        ]
        globs = [f"--template.glob={FOLDER}/templates/*.tmpl", f"--template.text={text}"]
        arguments = [*command, *globs]
        answer = subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip() + "\n"


def messages() -> dict[str, str]:
    """Every golden file's text, by its name."""
    kinds = {RULE[case.alert, case.service]["labels"]["kind"]: case for case in reversed(CASES)}
    found = {f"{kind}.txt": rendered(data([alert(case)])) for kind, case in kinds.items()}
    failing = alert(kinds["requests"])
    other = json.loads(json.dumps(failing).replace("/orders", "/auth/login"))
    return {
        **found,
        "over.txt": rendered(data([failing], "resolved")),
        "grouped.txt": rendered(data([failing, other])),
        "mail.html": rendered(data([failing, other]), _MAIL),
    }


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, text in messages().items():
        (GOLDEN / name).write_text(text, "utf-8")
