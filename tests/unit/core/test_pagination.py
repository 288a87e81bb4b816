"""Pages: what may be asked for, and the arithmetic."""

import pytest
from pydantic import BaseModel, ValidationError

from backend.core.pagination import MAX_PAGE, MAX_PER_PAGE, Page, PageQuery, Slice
from tests.framework.tables import table


class Item(BaseModel):
    model_config = {"from_attributes": True}

    id: int


class Record:
    def __init__(self, record_id: int) -> None:
        self.id = record_id


def test_nothing_asked_for_is_the_first_page_of_twenty():
    assert PageQuery().model_dump() == {"page": 1, "per_page": 20}


@table(
    "name, value",
    [
        *(("page", value) for value in (0, -1, MAX_PAGE + 1, "x", "1.5")),
        *(("per_page", value) for value in (0, MAX_PER_PAGE + 1)),
        ("perpage", 5),
    ],
)
def test_what_is_out_of_bounds_or_unknown_is_refused(name, value):
    with pytest.raises(ValidationError):
        PageQuery.model_validate({name: value})


@table(
    "total, per_page, pages",
    [(0, 20, 0), (1, 20, 1), (19, 20, 1), (20, 20, 1), (21, 20, 2), (100, 1, 100), (10**12 + 1, 100, 10**10 + 1)],
)
def test_a_part_of_a_page_is_a_page(total, per_page, pages):
    assert Slice([], 1, per_page, total).pages == pages


def test_a_slice_of_records_becomes_a_page_of_schemas():
    page = Page[Item].model_validate(Slice([Record(3), Record(4)], page=2, per_page=2, total=5))

    assert page.model_dump() == {"items": [{"id": 3}, {"id": 4}], "page": 2, "per_page": 2, "pages": 3, "total": 5}
