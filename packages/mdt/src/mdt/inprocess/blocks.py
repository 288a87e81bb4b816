"""Opens and closes mock_scenario blocks. An outer block has its own session, a nested one a further choice over it."""

import hashlib
import itertools
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from mdt.engine.catalog import Catalog, Settings
from mdt.engine.choice import EMPTY, Selectable
from mdt.engine.engine import Engine
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.errors import MdtError
from mdt.inprocess.active_block import ActiveBlock, begin, current, end
from mdt.inprocess.callbacks import http_courier
from mdt.inprocess.folders import Definitions, engine_for
from mdt.inprocess.patching import PatchLostError, install, restore
from mdt.inprocess.pytest_context import PYTEST
from mdt.language import _


@dataclass(frozen=True, slots=True)
class BlockOptions:
    """The keywords of mock_scenario. None means the outer block's value, or the default."""

    strict: bool | None = None
    mocks: Definitions | None = None
    seed: int | str | None = None
    allow_hosts: str | Iterable[str] = ()
    env: str | None = None
    dataset: str | None = None
    overlays: tuple["Overlay", ...] = ()


@runtime_checkable
class Overlay(Protocol):
    """Changes the definitions of a block, as recordings do. `end` is called when the block ends."""

    def over(self, catalog: Catalog) -> Catalog: ...

    def end(self) -> None: ...


ENV, DATASET = "MDT_ENV", "MDT_DATASET"  # variables
_numbers = itertools.count(1)


def open_block(wanted: Selectable | None, options: BlockOptions) -> ActiveBlock:
    """Opens a block; `wanted` None selects the defaults. Raises the errors of loading and selecting."""
    install()
    outer = current()
    block = _first(wanted, options) if outer is None else _nested(wanted, options, outer)
    begin(block)
    if PYTEST.opened:
        PYTEST.opened(block)
    return block


def _first(wanted: Selectable | None, options: BlockOptions) -> ActiveBlock:
    engine = _overlaid(engine_for(options.mocks), options.overlays)
    settings = engine.catalog.settings
    choice = EMPTY if wanted is None else resolve(engine.catalog, wanted)
    seed = settings.seed if options.seed is None else options.seed
    environment, dataset = _surroundings(options, settings)
    engine.catalog.data.check(environment, dataset)
    strict = (PYTEST.strict or _strict(settings, environment)) if options.strict is None else options.strict
    session = Session(
        session_id(PYTEST.name),
        choice,
        seed=PYTEST.name if seed is None else seed,
        journal_limit=settings.journal_limit,
        environment=environment,
        dataset=dataset,
    )
    hosts = _hosts(options.allow_hosts) | frozenset(settings.allow_hosts)
    session.courier = http_courier(engine.catalog, hosts)
    return ActiveBlock(session, engine, choice, hosts, strict, options.strict is not False)


def _surroundings(options: BlockOptions, settings: Settings) -> tuple[str, str]:
    """The environment and the data set: those of the block, else of pytest, the variables, mdt.yaml.

    Who names an environment without a data set gets the environment's.
    """
    given = options.env, options.dataset
    for environment, dataset in (given, (PYTEST.env, PYTEST.dataset), (os.environ.get(ENV), os.environ.get(DATASET))):
        if environment:
            return environment, options.dataset or dataset or ""
    chosen = options.dataset or PYTEST.dataset or os.environ.get(DATASET)
    return settings.environment, chosen or ""


def _strict(settings: Settings, environment: str) -> bool:
    own = settings.environments[environment].strict if environment else None
    return settings.strict if own is None else own


def _overlaid(engine: Engine, overlays: tuple[Overlay, ...]) -> Engine:
    if not overlays:
        return engine
    catalog = engine.catalog
    for overlay in overlays:
        catalog = overlay.over(catalog)
    return Engine(catalog)


def session_id(name: str) -> str:
    """A readable id, unique in this process, that fits into a header and a path."""
    number = next(_numbers)
    if not name:
        return f"session-{number}"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[-80:].strip("-")
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}-{number}"


def _nested(wanted: Selectable | None, options: BlockOptions, outer: ActiveBlock) -> ActiveBlock:
    if options.seed is not None:
        raise MdtError(
            _("A block inside another plays in its session, whose seed is given. Give the outer one `seed=`.")
        )
    if options.overlays:
        raise MdtError(_("record(...) and replay(...) change the definitions: they belong to the outermost block."))
    engine = outer.engine if options.mocks is None else engine_for(options.mocks)
    if engine is not outer.engine:
        raise MdtError(
            _(
                "A block inside another plays in its session, with the definitions in {folder}. Leave "
                "`mocks=` out, or end the outer block first.",
                folder=outer.engine.catalog.folder,
            )
        )
    there = outer.session.environment, outer.session.dataset
    if (options.env or there[0], options.dataset or there[1]) != there:
        raise MdtError(
            _(
                "A block inside another plays in its session, with its environment and data set. Give the outer one `env=` "
                "and `dataset=`, or change them with m.enter(...)."
            )
        )
    choice = EMPTY if wanted is None else resolve(engine.catalog, wanted)
    strict = outer.strict if options.strict is None else options.strict
    told = outer.told if options.strict is None else options.strict
    session = outer.session.overlay(choice)
    return ActiveBlock(session, engine, choice, outer.allow_hosts | _hosts(options.allow_hosts), strict, told, outer)


def _hosts(hosts: str | Iterable[str]) -> frozenset[str]:
    return frozenset(host.lower() for host in ([hosts] if isinstance(hosts, str) else hosts))


def close_block(block: ActiveBlock) -> list[MdtError]:
    """Closes the block. Returns an error if a client library lost its patch meanwhile."""
    end(block)
    lost = restore()
    if block.outer is not None:
        block.outer.session.end_overlay(block.session, block.choice)
    return [PatchLostError(lost)] if lost else []
