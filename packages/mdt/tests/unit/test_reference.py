"""The examples of the documents load: each match, the reference's virtual service, and its composition where its names exist."""

import re
from pathlib import Path
from textwrap import indent

from tests.unit.folders import Player, loaded

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "reference.md").read_text(encoding="utf-8")


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


def test_each_example_of_a_match_loads(tmp_path):
    text = (DOCS / "matching.md").read_text(encoding="utf-8")
    examples = [part for found in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) for part in found.split("---\n")]
    assert len(examples) == 6

    for number, example in enumerate(examples):
        routes = example
        if example.startswith("match:"):
            routes = "POST /x:\n" + indent(example, "  ") + "  ok: {json: 1}\n"
        if not example.startswith("routes:"):
            routes = "routes:\n" + indent(routes, "  ")
        assert loaded(tmp_path, {f"internal/shop{number}.yaml": f"url: http://s{number}\n{routes}"}), example


def test_the_examples_of_conditions_and_states_answer(tmp_path):
    text = (DOCS / "stubs.md").read_text(encoding="utf-8")
    payments, orders = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    catalog = loaded(tmp_path, {"internal/payments.yaml": payments, "internal/orders.yaml": orders})
    player = Player(catalog, "payments.paid")

    assert player.reply("POST http://payments.internal/payments", data={"amount": 5}).status == 201
    assert player.reply("POST http://payments.internal/payments", data={"amount": 1000}).status == 402
    assert player.reply("POST http://orders.internal/orders/1/pay").status == 409
    assert player.json("POST http://orders.internal/orders") == {"status": "placed"}
    assert player.json("POST http://orders.internal/orders/1/pay") == {"status": "paid"}
    assert player.json("GET http://orders.internal/orders/1") == {"id": "1", "status": "paid"}
    assert player.reply("DELETE http://orders.internal/orders/1").status == 204
    assert player.reply("GET http://orders.internal/orders/1").status == 404
