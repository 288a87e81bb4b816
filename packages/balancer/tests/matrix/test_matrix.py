"""The matrix of failure modes: behaviour, phase, formats and client, and what the caller gets."""

import asyncio

import pytest

from balancer.mock.behaviors import ProviderBehavior
from tests.matrix import cells, probes, table
from tests.matrix.arena import arena
from tests.matrix.rows import Phase, rows


def problems(chosen):
    return {cell.title: cell.problems for cell in chosen if cell.problems}


def test_matrix_has_every_behaviour_and_phase():
    assert {row.behavior for row in rows()} == set(ProviderBehavior)
    assert len(ProviderBehavior) == 31
    assert {row.phase for row in rows()} == set(Phase)


def test_sample_has_every_client_format_pair_and_form():
    chosen = cells.sample(cells.cells(rows()))

    assert {cell.row for cell in chosen} == set(rows())
    kinds = {(cell.client, cell.caller, cell.provider, cell.stream) for cell in chosen}
    assert kinds == {(cell.client, cell.caller, cell.provider, cell.stream) for cell in cells.cells(rows())}


def test_a_sample_of_the_matrix_keeps_the_contract():
    chosen = cells.sample(cells.cells(rows())) + cells.sample(cells.failing_cells(rows()))[::4]

    asyncio.run(cells.play(chosen))

    assert problems(chosen) == {}


@pytest.mark.matrix
def test_the_whole_matrix_keeps_the_contract_and_is_what_the_page_says():
    chosen, failing = cells.cells(rows()), cells.failing_cells(rows())

    asyncio.run(cells.play(chosen + failing))

    assert problems(chosen + failing) == {}
    assert table.page(chosen, failing, cells.MAX_ATTEMPTS) == table.PAGE.read_text("utf-8")


def test_the_page_has_a_line_for_each_row():
    text = table.PAGE.read_text("utf-8")

    assert [row.name for row in rows() if f"| `{row.behavior.value}` | {row.phase.value} |" not in text] == []


def test_probes_find_nothing():
    async def found():
        async with arena(probes.plan(), probes.SETTINGS) as place:
            return await probes.findings(place)

    assert asyncio.run(found()) == []
