"""How long mdt takes to read 1,000 definitions: service files of two routes and seven scenarios each, checked as ever.

.venv/bin/python -m bench.loading                            --files, --rounds

Each round is a process of its own, as a start of the server is; the time is from the call to the catalog, without the start
of Python. Exit 1 when the median is not below a second for each thousand files.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LOAD = (
    "import sys, time; from pathlib import Path; from mdt.definitions.loader import load; began = time.perf_counter(); "
    "catalog = load(Path(sys.argv[1])); print(len(catalog.services), time.perf_counter() - began)"
)
DEFINITION = """
service: service{number}
url: http://service{number}.internal
default: available
routes:
  POST /internal/inventory/check:
    match: {{json: {{productId: {{type: string}}, quantity: {{type: integer, min: 1}}}}}}
    available:  {{json: {{productId: "{{{{ req.json.productId }}}}", available: true, quantity: 100}}}}
    low:        {{json: {{productId: p1, available: true, quantity: 1}}}}
    outOfStock: {{json: {{productId: p1, available: false, quantity: 0}}}}
    slow:       {{latency: {{uniform: {{min: 100ms, max: 300ms}}}}, json: {{available: true}}}}
  GET /internal/inventory/items/{{id}}:
    available:  {{json: {{id: "{{{{ req.path.id }}}}", quantity: 100}}}}
    gone:       {{status: 404, json: {{error: not found}}}}
    broken:     {{fault: connection-reset}}
"""


def write(folder: Path, files: int) -> None:
    (folder / "internal").mkdir()
    for number in range(files):
        (folder / "internal" / f"service{number}.yaml").write_text(DEFINITION.format(number=number))


def seconds(folder: Path, files: int) -> float:
    """One load in a new process; raises SystemExit when not every file was read."""
    done = subprocess.run([sys.executable, "-c", LOAD, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    services, took = done.stdout.split()
    if int(services) != files:
        sys.exit(f"{services} services were read, not {files}")
    return float(took)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), chosen.files)
        took = [seconds(Path(name), chosen.files) for _ in range(chosen.rounds)]
    middle = statistics.median(took)
    print(f"{chosen.files} files: {middle:.2f} s, the median of {chosen.rounds} ({min(took):.2f} to {max(took):.2f})")
    return 0 if middle < chosen.files / 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
