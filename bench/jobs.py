"""Jobs a second on an SQLite file: `python -m bench.jobs --processes 4 --jobs 3000`. Each job does nothing, so this is the cost of the queue.

Prints a line of JSON: how many jobs, the seconds from the first claim to the last end, jobs a second, how many were run twice.
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from pathlib import Path

from backend import create_app
from backend.core import jobs
from backend.core.db import db
from backend.core.jobs.model import JobRow
from backend.core.jobs.worker import Worker
from backend.settings import Settings

KIND = "bench.nothing"


def nothing(_):
    pass


def application(path, batch):
    app = create_app(Settings(app_env="unit", database_url=f"sqlite:///{path}", log_level="ERROR"))
    jobs.register(app, [jobs.JobKind(KIND, nothing, batch=batch)])
    return app


def work(path, batch, begin):
    app = application(path, batch)
    begin.wait()
    Worker(app, 1, [KIND]).run_due()


def measure(processes, number, batch):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.sqlite3"
        app = application(path, batch)
        with app.app_context():
            db.create_all()
            for _ in range(number):
                jobs.enqueue(KIND, {})
            db.session.commit()
        context = multiprocessing.get_context("spawn")
        begin = context.Barrier(processes + 1)
        workers = [context.Process(target=work, args=(path, batch, begin)) for _ in range(processes)]
        for one in workers:
            one.start()
        begin.wait()
        started = time.perf_counter()
        for one in workers:
            one.join()
        seconds = time.perf_counter() - started
        with app.app_context():
            done = db.session.scalar(db.select(db.func.count()).where(JobRow.state == "done"))
            again = db.session.scalar(db.select(db.func.count()).where(JobRow.attempts > 1))
    return {
        "processes": processes,
        "batch": batch,
        "done": done,
        "run_again": again,
        "seconds": round(seconds, 2),
        "per_second": round(done / seconds),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=10)
    words = parser.parse_args()
    print(json.dumps(measure(words.processes, words.jobs, words.batch)))
