"""A purge leaves the rows to which others refer, in the same table, too."""

from backend.core.db import db
from backend.core.db.purging import purge, unreferenced
from tests.unit.core.support import Thing, Things, app_fixture

app = app_fixture()


def test_row_that_a_row_beside_refers_to_stays(app):
    with app.app_context():
        repository = Things()
        box = repository.create(name="box")
        repository.create(name="content", box_id=box.id)
        db.session.commit()

        assert purge(Thing, *unreferenced(Thing)) == 1

        assert [thing.name for thing in repository.list().items] == ["box"]
