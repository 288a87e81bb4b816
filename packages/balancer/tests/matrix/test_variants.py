"""A check that cannot fail checks nothing: each broken variant of the balancer is found."""

import asyncio

import pytest

from tests.matrix import cells, probes
from tests.matrix.arena import arena
from tests.matrix.rows import rows
from tests.matrix.variants import VARIANTS


async def found_by_probes():
    async with arena(probes.plan(), probes.SETTINGS) as place:
        return await probes.findings(place)


def found_in(variant):
    chosen = [row for row in rows() if row.name in variant.rows]
    assert len(chosen) == len(variant.rows)
    everything = cells.failing_cells(chosen) if variant.all_fail else cells.cells(chosen)
    asyncio.run(cells.play(everything))
    return [problem for cell in everything for problem in cell.problems]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_broken_variant_is_found(variant, monkeypatch):
    monkeypatch.setattr(cells, "DEADLINE", 8.0)
    variant.breaks(monkeypatch)

    found = found_in(variant) if variant.rows else asyncio.run(found_by_probes())

    assert any(variant.found in line for line in found), found
