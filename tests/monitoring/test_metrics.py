"""What Prometheus reads is true and only for those who may, and has all that the dashboard and the rules ask for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import promql_parser
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from aipromote import schema
from aipromote.connectors import wire
from aipromote.db.database import Database
from aipromote.publishing import queries
from factories import channels, organizations, publishing
from jobs.job_samples import eventually
from monitoring.plant import Plant
from sandbox.network import Network

assert schema.metadata
DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "aipromote.json").read_text())
RULES: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "prometheus" / "aipromote.rules.yml").read_text())
_GRAFANAS_OWN = {"$__rate_interval": "5m"}


def dashboard_queries() -> list[str]:
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    for name, value in _GRAFANAS_OWN.items():
        asked = [expression.replace(name, value) for expression in asked]
    return asked


def rule_queries() -> list[str]:
    return [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


def samples(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


async def scrape(plant: Plant, **headers: str) -> tuple[int, str]:
    async with plant.http.get(f"{plant.address}/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


def test_every_query_of_the_dashboard_and_every_rule_can_be_read() -> None:
    asked = [*dashboard_queries(), *rule_queries()]
    assert len(asked) > 25
    for expression in asked:
        promql_parser.parse(expression)
    for group in RULES["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"]
            assert rule["labels"]["severity"] in {"warning", "critical"}


def test_the_dashboard_takes_its_source_from_a_variable_and_its_panels_do_not_overlap() -> None:
    variables = {variable["name"]: variable["type"] for variable in DASHBOARD["templating"]["list"]}
    assert variables["datasource"] == "datasource"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert max(x for x, _ in cells) < 24
        assert taken.isdisjoint(cells), panel["title"]
        taken |= cells


async def test_everything_that_is_asked_for_is_there_and_true(plant: Plant, database: Database, tmp_path: Path) -> None:
    startup = await organizations.organization(database)
    async with Network(tmp_path / "network.db") as network, wire.open_session() as http:
        account = await channels.account(database, http, startup, server=network.url)
        plant.set({"AIPROMOTE_SANDBOX_URL": network.url})
        plant.worker()
        await plant.web()
        post = await publishing.post(database, startup, account)

        async def is_out() -> bool:
            async with database.transaction(startup.id) as session:
                found = await queries.post(session, organization_id=startup.id, post_id=post.id)
                return found.status == "PUBLISHED"

        await eventually(is_out, within=90)
        asked = {
            name
            for expression in [*dashboard_queries(), *rule_queries()]
            for name in re.findall(r"aipromote_\w+", expression)
        }

        async def what_is_missing() -> bool:
            there = set(samples((await scrape(plant))[1]))
            return not (asked - there)

        await eventually(what_is_missing, within=150)
        found = samples((await scrape(plant))[1])
    assert found["aipromote_workers"][0][1] == 1
    checks = {(labels["name"], labels["subject"]): value for labels, value in found["aipromote_check"]}
    assert set(checks.values()) == {1.0}
    assert checks["late", "publishing"] == 1.0
    assert found["aipromote_incidents_open"] == [({}, 0.0)]
    published = [value for labels, value in found["aipromote_jobs_total"] if labels["kind"] == "publish-post"]
    assert sum(published) >= 1


async def test_without_a_token_only_this_machine_reads_it_and_not_through_a_proxy(plant: Plant) -> None:
    await plant.web()
    status, text = await scrape(plant)
    assert status == 200
    assert {labels["name"] for labels, value in samples(text)["aipromote_check"] if value == 0.0} >= {"workers"}
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        status, text = await scrape(plant, **{name: "198.51.100.7"})
        assert (status, "aipromote_check" in text) == (403, False), name
    assert (await scrape(plant, Authorization="Bearer anything"))[0] == 403
    assert (await scrape(plant, Host="rebound.example"))[0] == 421


async def test_with_a_token_whoever_shows_it_reads_it_by_any_name(plant: Plant) -> None:
    plant.set({"AIPROMOTE_METRICS_TOKEN": "a long token of the operator"})
    await plant.web()
    assert (await scrape(plant))[0] == 401
    assert (await scrape(plant, Authorization="Bearer wrong"))[0] == 401
    right = {"Authorization": "Bearer a long token of the operator"}
    assert (await scrape(plant, **right))[0] == 200
    assert (await scrape(plant, **right, Host="web:8400"))[0] == 200
    assert (await scrape(plant, **right, **{"X-Forwarded-For": "198.51.100.7"}))[0] == 200
    async with plant.http.get(f"{plant.address}/sign-in", headers=right | {"Host": "web:8400"}) as answer:
        assert answer.status == 421, "only /metrics"


async def test_without_servers_it_says_so_and_is_no_error(plant: Plant, own_redis: Any) -> None:
    await plant.web()
    own_redis.kill()
    status, text = await scrape(plant)
    assert status == 200
    checks = {labels["name"]: value for labels, value in samples(text)["aipromote_check"]}
    assert checks["redis"] == 0.0
    assert "workers" not in checks, "nobody knows"
