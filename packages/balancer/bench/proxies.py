"""Compares the balancer with Portkey's gateway and LiteLLM's proxy, in one run, in front of the mock providers.

sh bench/peers.sh             gets the two
python bench/proxies.py       about five minutes; needs wrk. --quick looks whether everything works

Each request is asked of the provider itself and of every proxy, one after the other in random order, on connections that
stay open; what a proxy adds is its time less that of the direct request of the same turn. For the throughput, each proxy
has a processor to itself, and wrk and the mock providers share the other one. An answer that is not whole ends the run.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

import contenders
from callers import CASES, WORDS, Caller, Case, WrongAnswerError, answers, direct, through
from contenders import ALL, Contender, Running, Urls, running
from processes import cpu_seconds, load, pinned, providers, rss
from proxies_report import Measured, print_report


def latency(case: Case, found: list[Running], urls: Urls, rounds: int, repeated: int) -> dict[str, Measured | None]:
    """Milliseconds that each proxy adds; None for one that has no right answer to such a request."""
    callers = {"direct": direct(case, urls)}
    callers |= {one.contender.name: through(one.contender, one.port, case, urls) for one in found}
    able = {name: caller for name, caller in callers.items() if _warm(name, case, caller)}
    taken: dict[str, list[float]] = {name: [] for name in able}
    before = {one.contender.name: cpu_seconds(one.pid) for one in found}
    for _ in range(rounds * repeated):
        for name in random.sample(sorted(able), len(able)):
            taken[name].append(able[name].ask() * 1000)
    used = {one.contender.name: cpu_seconds(one.pid) - before[one.contender.name] for one in found}
    for caller in callers.values():
        caller.close()
    return {name: _measured(taken, name, used.get(name, 0.0)) if name in able else None for name in callers}


def _warm(name: str, case: Case, caller: Caller) -> bool:
    try:
        for _ in range(50):
            caller.ask()
    except WrongAnswerError as wrong:
        print(f"{name} cannot answer {case.name!r}: {wrong}", file=sys.stderr)
        return False
    return True


def _measured(taken: dict[str, list[float]], name: str, cpu: float) -> Measured:
    own = taken[name]
    added = own if name == "direct" else [mine - other for mine, other in zip(own, taken["direct"], strict=True)]
    quarters = quantiles(added, n=4)
    return Measured(median(added), quarters[0], quarters[2], quantiles(added, n=100)[98], cpu * 1000 / len(own))


def starts(wanted: list[Contender], folder: Path, urls: Urls, repeated: int) -> dict[str, list[float]]:
    """Seconds from the start to the first answer, alternating; the first start of each fills the caches of files."""
    taken: dict[str, list[float]] = {one.name: [] for one in wanted}
    for number in range(repeated + 1):
        for one in wanted:
            if one is contenders.LITELLM and number not in {0, 1}:
                continue
            with running(one, folder, urls, answers(urls)) as found:
                taken[one.name] += [found.start] if number else []
    return taken


def measure(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    wanted = [one for one in ALL if not options.only or one.name in options.only.split(",")]
    result: dict[str, object] = {"versions": contenders.versions(), "load before": os.getloadavg()[0]}
    with providers(folder) as (urls, mock_pid), ExitStack() as stack:
        result["start"] = starts(wanted, folder, urls, options.starts)
        found = [stack.enter_context(running(one, folder, urls, answers(urls))) for one in wanted]
        result["idle"] = {one.contender.name: rss(one.pid) for one in found}
        rounds, repeated = options.rounds, options.requests
        result["latency"] = {
            case.name: latency(case, found, urls, rounds, repeated // 2 if case.stream else repeated) for case in CASES
        }
        taken: dict[str, list[tuple[float, float]]] = {one.contender.name: [] for one in found}
        with pinned(mock_pid, {0}):
            for number in range(options.rounds_of_load):
                for one in found if number % 2 else reversed(found):
                    taken[one.contender.name].append(load(one, urls, options.seconds, folder))
        result["throughput"] = taken
        result["memory"] = {one.contender.name: rss(one.pid) for one in found}
    result["load after"] = os.getloadavg()[0]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=100, help="of a round; half as many streams")
    parser.add_argument("--rounds-of-load", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6, help="of a round of load")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--only", help="names with commas between")
    parser.add_argument("--quick", action="store_true", help="a few requests of each kind")
    parser.add_argument("--json", type=Path, help="write the samples there")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.requests, options.rounds_of_load, options.seconds, options.starts = 1, 10, 1, 5, 1
    with tempfile.TemporaryDirectory(prefix="balancer-bench-") as folder:
        result = measure(options, Path(folder))
    if options.json:
        options.json.write_text(json.dumps(result, default=vars, indent=1))
    print_report(result, WORDS)


if __name__ == "__main__":
    main()
