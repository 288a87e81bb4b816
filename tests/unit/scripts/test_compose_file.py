"""The names of docker-compose.dev.yml agree with each other and with everything that uses them."""

import re

import yaml
from sqlalchemy import make_url

from tests.framework import database_docker
from tools.project import ROOT
from tools.project_detach import MOCKS

FILE = yaml.safe_load((ROOT / database_docker.COMPOSE_FILE).read_text(encoding="utf-8"))
SERVICES = FILE["services"]


def test_a_test_plan_finds_its_services():
    assert {"web", "db"} <= SERVICES.keys()
    assert database_docker.SERVICE == "db"


def test_every_service_that_is_waited_for_is_there():
    waited_for = {name for service in SERVICES.values() for name in service.get("depends_on", {})}

    assert waited_for <= SERVICES.keys()


def test_the_mocks_start_only_when_they_are_asked_for():
    """A project without the packages has no such service."""
    with_profile = {name: service for name, service in SERVICES.items() if "profiles" in service}

    assert [*with_profile] == ["mocks"] * (ROOT / "packages").is_dir()
    assert all("mocks" not in service.get("depends_on", {}) for service in SERVICES.values())
    for mocks in with_profile.values():
        assert mocks["profiles"] == ["mocks"]
        assert (ROOT / mocks["build"]["context"] / "Dockerfile").is_file()


def test_a_project_without_the_packages_loses_the_mocks_service_alone():
    text = (ROOT / database_docker.COMPOSE_FILE).read_text(encoding="utf-8")

    left = yaml.safe_load(MOCKS.sub("", text))

    assert left == {**FILE, "services": {name: one for name, one in SERVICES.items() if name != "mocks"}}
    assert "packages/" not in MOCKS.sub("", text)


def test_the_application_and_nginx_name_the_services():
    nginx = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")

    assert make_url(SERVICES["web"]["environment"]["DATABASE_URL"]).host == "db"
    assert re.findall(r"^\s*server (\w+):80;", nginx, re.MULTILINE) == ["web"]


class TestServicesForTests:
    services = yaml.safe_load((ROOT / "docker-compose.test.yml").read_text(encoding="utf-8"))["services"]

    def test_all_are_there_and_only_this_machine_reaches_them(self):
        assert self.services.keys() == {"postgres", "redis", "rabbitmq", "milvus"}
        ports = [port for service in self.services.values() for port in service["ports"]]
        assert [port for port in ports if not port.startswith("127.0.0.1:")] == []

    def test_each_says_when_it_is_ready(self):
        """`up --wait` would take a container that has just started for a service."""
        assert [name for name, service in self.services.items() if "test" not in service["healthcheck"]] == []

    def test_milvus_is_told_to_run(self):
        assert self.services["milvus"]["command"] == ["milvus", "run", "standalone"]
