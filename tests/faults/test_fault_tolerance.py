"""Payments in the laboratory: the plan's cases, and of the matrix every moment with the faults that are quick to make."""

import pytest
from faultlab.cases.catalogue import matrix
from faultlab.cases.plan import plan

from tests.faults.adapters.payments import ADAPTER
from tests.faults.telling import told

PLAN = [spec.id for spec in (*plan(), *ADAPTER.cases())]
QUICK = ("reset", "cut", "late", "kill", "deadlock", "too-many", "app-kill")
MATRIX = [spec.id for spec in matrix() if spec.fault in QUICK]

pytestmark = pytest.mark.control


@pytest.mark.parametrize("name", PLAN)
def test_plan(run, name):
    case = run(name)

    assert case.status == "passed", told(case)


@pytest.mark.parametrize("name", MATRIX)
def test_matrix(run, name):
    case = run(name)

    assert case.status == "passed", told(case)
