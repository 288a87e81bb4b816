"""The same application for Celery's command."""

from backend.server.celery_worker import celery_for
from tests.system.jobs.application import create_app

app = celery_for(create_app())
