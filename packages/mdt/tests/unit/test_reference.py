"""The examples of the reference load: its virtual service, and its composition where its names exist."""

import re
from pathlib import Path

from tests.unit.folders import Player, loaded

TEXT = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")


def block(kind: str, title: str) -> str:
    """The first block of a section."""
    return re.findall(rf"```{kind}\n(.*?)```", TEXT.partition(f"\n## {title}\n")[2], re.DOTALL)[0]


def test_the_virtual_service_answers(tmp_path):
    files = {
        "internal/shop/service.yaml": "service: shop\n",
        "internal/shop/virtual.py": block("python", "A virtual service"),
        "shared/items.json": '[{"id": "a", "stock": 1}]',
    }
    shop = Player(loaded(tmp_path, files))

    assert shop.json("POST /items/a/take", data={"id": "a", "stock": 1}) == {"id": "a", "stock": 1}
    assert shop.reply("POST /items/a/take", data={"id": "a", "stock": 0}).status == 202
    assert shop.reply("POST /items/b/take", data={"id": "b", "stock": 1}).status == 404
    assert shop.reply("DELETE /items/a").status == 204


def test_the_composition_can_be_selected(tmp_path):
    files = {
        "internal/inventory.yaml": "routes: {GET /x: {available: {json: 1}}}\n",
        "internal/payment.yaml": "routes: {GET /x: {declined: {status: 402}, paid: {json: 1}}}\n",
        "scenarios/base/allWell.yaml": "[inventory.available, payment.paid]\n",
        "scenarios/order/declined.yaml": block("yaml", "A composition"),
    }
    shop = Player(loaded(tmp_path, files), "order.declined")

    assert shop.session.choice.labels() == ("inventory.available", "payment.declined → paid")
