"""The rules for Prometheus and the dashboard speak of what is exported, and of nothing else."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sms_service.metrics.catalogue import CATALOGUE, Kind

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus"
DASHBOARD = json.loads((ROOT / "deploy/grafana/sms-service.json").read_text("utf-8"))
PAGE = (ROOT / "docs/reference/metrics.md").read_text("utf-8")
GUIDE = (ROOT / "docs/how-to/monitoring.md").read_text("utf-8")
_PANELS = {"stat", "state-timeline", "timeseries"}
"""All of them are Grafana's own."""
_METRIC = re.compile(r"\b(sms_\w+)(?:\{([^}]*)\})?")
_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool isn't installed")


def rules() -> list[dict[str, Any]]:
    files = [yaml.safe_load((RULES / name).read_text("utf-8")) for name in _FILES]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


_FILES = ("alerts.yml", "recording.yml")
ALERTS = [rule for rule in rules() if "alert" in rule]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def promtool(*arguments: str) -> str:
    done = subprocess.run(
        ["promtool", *arguments], cwd=RULES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@_promtool
def test_promtool_takes_the_configuration_and_the_rules() -> None:
    assert "SUCCESS" in promtool("check", "config", "prometheus.yml")
    assert "SUCCESS" in promtool("check", "rules", *_FILES)


@_promtool
def test_each_alert_rings_when_it_should_and_none_at_a_service_that_is_well() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")


def test_each_alert_is_tried_both_ways() -> None:
    tests = yaml.safe_load((RULES / "alerts_test.yml").read_text("utf-8"))["tests"]
    tried = [
        (one["alertname"], bool(one["exp_alerts"])) for t in tests for one in t["alert_rule_test"]
    ]
    names = {alert["alert"] for alert in ALERTS}
    assert {name for name, rings in tried if rings} == names
    assert {name for name, rings in tried if not rings} == names


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_each_alert_speaks_to_both_and_leads_to_what_to_do(alert: dict[str, Any]) -> None:
    told = alert["annotations"]
    assert told["summary"].isascii()
    assert re.search(r"[آ-ی]", told["description"])
    page, _, section = told["runbook_url"].partition("#")
    assert page == "docs/how-to/monitoring.md"
    headings = re.findall(r"^#+ (.+)$", GUIDE, flags=re.MULTILINE)
    assert section in {heading.lower().replace(" ", "-") for heading in headings}


def test_rules_and_dashboard_name_metrics_and_labels_that_are_exported() -> None:
    wrong = []
    for expression in expressions():
        for name, matchers in _METRIC.findall(expression):
            one = CATALOGUE.get(name) or CATALOGUE.get(re.sub("_(bucket|sum|count)$", "", name))
            labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers or ""))
            if one is None or labels - {*one.labels, "instance", "job"}:
                wrong.append((name, labels))
    assert wrong == []


def test_recorded_names_are_recorded() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    used = {name for e in expressions() for name in re.findall(r"\bsms:[\w:]+", e)}
    assert used <= recorded


def test_the_dashboard_is_one_that_grafana_loads_without_plugins() -> None:
    assert {panel["type"] for panel in DASHBOARD["panels"]} <= _PANELS
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) >= 20
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert all(target["refId"] and target["expr"] for target in panel["targets"])
    assert [one["type"] for one in DASHBOARD["templating"]["list"]] == ["datasource"]


def test_the_page_of_metrics_is_the_catalogue() -> None:
    rows = re.findall(
        r"^\| `(sms_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|", PAGE, flags=re.MULTILINE
    )
    told = {name: (kind, labels.strip(), text.strip()) for name, kind, labels, text in rows}
    wanted = {
        name: (one.kind.value, ", ".join(f"`{label}`" for label in one.labels), one.help)
        for name, one in CATALOGUE.items()
    }
    assert told == wanted


def test_names_tell_units_and_kinds() -> None:
    for name, one in CATALOGUE.items():
        assert (one.kind is Kind.COUNTER) == name.endswith("_total")
        assert one.kind is not Kind.HISTOGRAM or name.endswith("_seconds")
