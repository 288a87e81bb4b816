"""compose.yaml has a service for each kind, reachable from this machine alone, with no name that two runs would share."""

from pathlib import Path

import pytest
import yaml

from testdb import docker
from testdb.server import TITLES

FILE = Path(docker.__file__).with_name("compose.yaml")
TEXT = FILE.read_text(encoding="utf-8")
SERVICES = yaml.safe_load(TEXT)["services"]


def test_there_is_a_service_for_each_kind():
    assert set(SERVICES) == set(TITLES) == set(docker.ADMINISTRATORS)
    assert FILE == docker.COMPOSE_FILE


@pytest.mark.parametrize(
    ("kind", "image", "port"),
    [("mysql", "mysql:8.4", 3306), ("mariadb", "mariadb:10.11", 3306), ("postgresql", "postgres:15", 5432)],
)
def test_a_service_has_the_image_and_only_loopback(kind, image, port):
    service = SERVICES[kind]

    assert service["image"] == f"${{TESTDB_{kind.upper()}_IMAGE:-{image}}}"
    assert [place.startswith("127.0.0.1:${TESTDB_PORT:?") for place in service["ports"]] == [True]
    assert service["ports"][0].endswith(f":{port}")
    assert "container_name" not in service
    assert "build" not in service


@pytest.mark.parametrize("kind", TITLES)
def test_data_lies_in_a_volume_of_the_project(kind):
    (volume,) = SERVICES[kind]["volumes"]

    assert volume.startswith(f"{kind}-data:/")
    assert f"{kind}-data" in yaml.safe_load(TEXT)["volumes"]


def test_nothing_is_fetched_to_read_the_file():
    assert "# syntax" not in TEXT
