"""From a clone to a project of one's own, all of its tests included, in less than ten minutes."""

import re

import pytest

from tests.clone.conftest import Copy

pytestmark = pytest.mark.clone


def test_own_project_is_there_in_ten_minutes(copy: Copy):
    said = copy.shell("scripts/own_project.sh", str(copy.root.parent / "shop"), "unit")

    assert re.search(r"^from the clone to one's own project: \d+ s$", said, re.MULTILINE)
    assert (copy.root.parent / "shop/shop/modules/invoices/routes.py").is_file()
