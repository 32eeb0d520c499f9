"""What all dashboards have in common."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from grafana.links import TAG, others
from grafana.panels import AnyPanel
from grafana.variables import Variable


def board(
    uid: str,
    title: str,
    question: str,
    variables: Sequence[Variable],
    panels: Sequence[AnyPanel],
) -> Dashboard:
    """A dashboard of the last hour, its panels from left to right.

    Args:
        uid: Its ID, by which links and alerts name it.
        title: Its name in lists.
        question: What it answers.
        variables: What a viewer can choose.
        panels: In rows of 24 columns.
    """
    made = Dashboard(title).uid(uid).description(question).tags([TAG]).editable()
    made = made.time("now-1h", "now").refresh("30s").timezone("browser")
    made = made.tooltip(DashboardCursorSync.CROSSHAIR).link(others())
    for variable in variables:
        made = made.with_variable(variable)
    for number, panel in enumerate(panels, 1):
        panel.build().id_val = number
        made = made.with_panel(panel)
    return made
