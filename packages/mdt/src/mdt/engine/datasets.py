"""The data that answers read: shared/ alone, or with the rows of a data set over it. Environments name a data set.

Nothing is merged or generated before it is read for the first time; then it is kept with the catalog.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from types import MappingProxyType
from typing import Any

from mdt.engine.answers import Latency
from mdt.engine.call import Call
from mdt.engine.messages import Request
from mdt.engine.session import Session
from mdt.errors import UnknownDatasetError, UnknownEnvironmentError

SHARED = "shared"  # the data set that is shared/ alone
ID = "id"


@dataclass(frozen=True, slots=True)
class Environment:
    """A data set, the latency of answers that state none, and whether unused scenarios fail a test."""

    name: str
    dataset: str = SHARED
    latency: Latency | None = None
    strict: bool | None = None  # None: as mdt.yaml says for all
    description: str = ""
    line: int = 1

    def as_json(self) -> dict[str, Any]:
        """Durations are in seconds."""
        latency = self.latency and {type(self.latency).__name__.lower(): asdict(self.latency)}
        about = {"name": self.name, "description": self.description, "dataset": self.dataset}
        return {**about, "latency": latency, "strict": self.strict}


@dataclass(frozen=True, slots=True)
class DataSet:
    """The folder datasets/<name>. `generate` makes the JSON of a stem; the rows of files come over generated ones."""

    name: str
    file: str
    description: str = ""
    extends: str = SHARED
    replace: frozenset[str] = frozenset()  # stems whose rows below are left out
    rows: Mapping[str, Any] = field(default_factory=dict)
    generate: Mapping[str, Callable[[Call], bytes]] = field(default_factory=dict)
    line: int = 1

    def over(self, ground: Mapping[str, Any], seed: int | str | None) -> dict[str, Any]:
        """The data of `ground` with these rows. Raises TemplateError if rows cannot be generated."""
        data = {stem: rows for stem, rows in ground.items() if stem not in self.replace}
        for rows in (self._generated(data, seed), self.rows):
            data |= {stem: merged(data.get(stem), more) for stem, more in rows.items()}
        return data

    def _generated(self, data: Mapping[str, Any], seed: int | str | None) -> dict[str, Any]:
        session = Session(self.name, seed=f"{self.name} {'' if seed is None else seed}")
        call = Call(Request("GET", "", "", "/"), session, "/", {}, data, 1)
        return {stem: json.loads(make(call)) for stem, make in self.generate.items()}


def merged(ground: Any, rows: Any) -> Any:
    """Rows over rows: one with the `id` of a row below changes the columns that it names, others come behind.

    Mappings are merged by their keys in the same way. Anything else takes the place of what is below.
    """
    if isinstance(ground, dict) and isinstance(rows, dict):
        return {**ground, **{key: _row(ground.get(key), row) for key, row in rows.items()}}
    if not _has_rows(ground) or not _has_rows(rows):
        return rows
    result, places = list(ground), {str(row[ID]): place for place, row in enumerate(ground) if ID in row}
    for row in rows:
        place = places.get(str(row[ID])) if ID in row else None
        if place is None:
            result.append(row)
        else:
            result[place] = _row(result[place], row)
    return result


def _row(under: Any, over: Any) -> Any:
    return {**under, **over} if isinstance(under, dict) and isinstance(over, dict) else over


def _has_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


class DataSets:
    """shared/ and all data sets of one catalog, and its environments; thread-safe."""

    def __init__(
        self,
        shared: Mapping[str, Any] = MappingProxyType({}),
        sets: Mapping[str, DataSet] = MappingProxyType({}),
        environments: Mapping[str, Environment] = MappingProxyType({}),
        seed: int | str | None = None,
    ) -> None:
        self.shared = shared
        self.sets = sets
        self.environments = environments
        self._seed = seed
        self._made: dict[str, Mapping[str, Any]] = {SHARED: shared}
        self._lock = Lock()

    def as_json(self) -> dict[str, Any]:
        """The environments, and the data sets with shared/ itself."""
        sets = [DataSet(SHARED, SHARED, extends=""), *self.sets.values()]
        return {
            "environments": [one.as_json() for one in self.environments.values()],
            "datasets": [
                {"name": one.name, "description": one.description, "extends": one.extends or None, "place": one.file}
                for one in sets
            ],
        }

    def check(self, environment: str | None, dataset: str | None) -> None:
        """Raises UnknownEnvironmentError and UnknownDatasetError; None and "" name nothing."""
        if environment and environment not in self.environments:
            raise UnknownEnvironmentError(environment, self.environments)
        if dataset and dataset not in {SHARED, *self.sets}:
            raise UnknownDatasetError(dataset, [SHARED, *self.sets])

    def environment_of(self, session: Session) -> Environment | None:
        """The session's environment; None if it has none. Raises UnknownEnvironmentError if a reload took it away."""
        self.check(session.environment, None)
        return self.environments[session.environment] if session.environment else None

    def name_for(self, session: Session) -> str:
        """The data set that the session named, else that of its environment."""
        if session.dataset:
            return session.dataset
        environment = self.environment_of(session)
        return environment.dataset if environment else SHARED

    def of(self, session: Session) -> Mapping[str, Any]:
        """The session's data. Costs nothing until it is read."""
        return View(self, session) if session.dataset or session.environment else self.shared

    def data(self, name: str) -> Mapping[str, Any]:
        """The data of one data set. Raises UnknownDatasetError, and TemplateError if its rows cannot be generated."""
        self.check(None, name)
        with self._lock:
            return self._data(name)

    def _data(self, name: str) -> Mapping[str, Any]:
        if name not in self._made:
            dataset = self.sets[name]
            self._made[name] = MappingProxyType(dataset.over(self._data(dataset.extends), self._seed))
        return self._made[name]

    def latency_for(self, session: Session) -> Latency | None:
        """The latency of the session's environment."""
        found = self.environments.get(session.environment) if session.environment else None
        return found.latency if found else None


class View(Mapping[str, Any]):
    """`shared` of a session with a data set; the data is made when a template reads it."""

    def __init__(self, sets: DataSets, session: Session) -> None:
        self._sets = sets
        self._session = session

    def _data(self) -> Mapping[str, Any]:
        return self._sets.data(self._sets.name_for(self._session))

    def __getitem__(self, stem: str) -> Any:
        return self._data()[stem]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data())

    def __len__(self) -> int:
        return len(self._data())
