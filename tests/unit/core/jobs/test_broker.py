"""The relay: numbers of jobs go to the broker, what it does not take waits again, a stale number runs nothing."""

import importlib

import click
import pytest

from backend.core.jobs import broker
from backend.core.jobs.worker import Worker
from backend.server import celery_worker
from tests.unit.core.jobs.conftest import KIND


class Celery:
    """Takes `room` messages, then is away."""

    def __init__(self, room=100):
        self.sent, self._room = [], room

    def send_task(self, name, args, queue):
        if len(self.sent) == self._room:
            raise ConnectionError("refused")
        self.sent.append((name, *args, queue))


@pytest.fixture
def made(kind):
    return kind()


def hand_on(app, made, celery):
    with app.app_context():
        return broker.Relay(celery).hand_on([made])


def test_due_jobs_are_handed_on_once(app, made, enqueue, stored):
    ids, celery = [enqueue(), enqueue()], Celery()

    assert hand_on(app, made, celery) is True
    assert hand_on(app, made, celery) is False

    assert celery.sent == [("jobs.run", job_id, 1, "touchstone.jobs") for job_id in ids]
    assert [stored(job_id).state for job_id in ids] == ["handed", "handed"]


def test_what_the_broker_does_not_take_waits_and_was_not_tried(app, made, enqueue, stored, log_lines):
    ids = [enqueue() for _ in range(3)]

    assert hand_on(app, made, Celery(room=1)) is False

    assert [stored(job_id).state for job_id in ids] == ["handed", "waiting", "waiting"]
    assert [stored(job_id).attempts_before for job_id in ids] == [0, 1, 1]
    (line,) = [line for line in log_lines if line["event"] == "jobs.broker_away"]
    assert (line["error"], line["waiting"]) == ("ConnectionError", 2)


def test_no_more_are_handed_on_than_may_be_under_way(app, made, enqueue, monkeypatch):
    monkeypatch.setattr(broker, "IN_FLIGHT", 2)
    [enqueue() for _ in range(3)]
    celery = Celery()

    assert [hand_on(app, made, celery), hand_on(app, made, celery)] == [True, False]
    assert len(celery.sent) == 2


def test_kind_that_is_not_enabled_is_not_handed_on(app, kind, enqueue):
    made = kind(enabled=lambda: False)
    enqueue()

    assert hand_on(app, made, Celery()) is False


def test_handed_job_is_run_once(app, made, enqueue, stored, ran):
    job_id = enqueue()
    hand_on(app, made, Celery())

    with app.app_context():
        assert [broker.run_handed(job_id, attempt) for attempt in (2, 1, 1)] == ["lost", "done", "lost"]
    assert [(job.id, job.stopping()) for job in ran] == [(job_id, False)]
    assert stored(job_id).state == "done"


class TestSettings:
    @pytest.fixture
    def with_broker(self, app, settings, monkeypatch):
        def build(url):
            changed = settings.model_copy(update={"jobs_broker_url": type(settings.jobs_broker_url)(url)})
            monkeypatch.setitem(app.extensions, "settings", changed)
            return changed

        return build

    @pytest.mark.parametrize(
        ("url", "option"), [("redis://127.0.0.1:1/0", "socket_timeout"), ("amqp://127.0.0.1:1//", "confirm_publish")]
    )
    def test_worker_becomes_a_relay(self, app, made, with_broker, enqueue, url, option, monkeypatch):
        with_broker(url)
        enqueue()
        worker, celery = Worker(app, 1, [KIND]), Celery()
        assert option in worker._relay._celery.conf.broker_transport_options
        monkeypatch.setattr(worker, "_relay", broker.Relay(celery))

        assert worker.look() is True
        assert len(celery.sent) == 1

    def test_celerys_worker_runs_what_it_is_handed(self, app, made, with_broker, enqueue, ran):
        with_broker("memory://")
        job_id = enqueue()
        hand_on(app, made, Celery())

        celery_worker.celery_for(app).tasks[broker.TASK](job_id, 1)

        assert [job.id for job in ran] == [job_id]

    def test_without_celery_the_message_names_what_to_install(self, with_broker, monkeypatch):
        monkeypatch.setattr(broker, "import_module", lambda name: importlib.import_module(f"{name}_that_is_not_there"))

        with pytest.raises(click.ClickException, match="pip install"):
            broker.connect(with_broker("redis://127.0.0.1:1/0"))

    def test_celerys_worker_needs_a_broker(self, app):
        with pytest.raises(click.ClickException, match="JOBS_BROKER_URL"):
            celery_worker.celery_for(app)

    def test_its_application_is_made_when_it_is_asked_for(self, monkeypatch):
        monkeypatch.setattr(celery_worker, "create_app", lambda: "made")
        monkeypatch.setattr(celery_worker, "celery_for", lambda app: [app])
        monkeypatch.delitem(vars(celery_worker), "app", raising=False)

        assert celery_worker.app is celery_worker.app
        monkeypatch.delitem(vars(celery_worker), "app")
        with pytest.raises(AttributeError):
            celery_worker.nothing  # noqa: B018
