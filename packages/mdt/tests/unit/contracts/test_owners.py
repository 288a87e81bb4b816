"""Who agrees to a contract, and to which content of it."""

from pathlib import Path

import pytest

from mdt.contracts.owners import Confirmation, Owners, add_confirmation, read_owners
from mdt.errors import DefinitionError, MdtError

TEXT = """\
# Who is who.
provider: {name: inventory-team}
consumers:
  order-service: {notify: {kind: dingtalk, url: "${ORDERS}", secret: s}}
  search:
"""
ONE = Confirmation("1.0.0", "sha256-a", "search", "李雷", "2026-11-27T10:00:00+08:00")


def owners(folder: Path, text: str = TEXT) -> Owners:
    (folder / "owners.yaml").write_text(text, encoding="utf-8")
    found = read_owners(folder)
    assert found is not None
    return found


def test_parties(tmp_path: Path) -> None:
    found = owners(tmp_path)

    assert [(one.name, one.role) for one in found.parties] == [
        ("inventory-team", "provider"), ("order-service", "consumer"), ("search", "consumer")
    ]  # fmt: skip
    assert found.party("order-service").notify.kind == "dingtalk"
    assert [one.name for one in owners(tmp_path, "provider: a\nconsumers: [b, c]\n").parties] == ["a", "b", "c"]
    assert read_owners(tmp_path / "nowhere") is None


def test_a_confirmation_is_of_one_content_of_one_version(tmp_path: Path) -> None:
    found = add_confirmation(owners(tmp_path), ONE)

    assert [one.name for one in found.missing("1.0.0", "sha256-a")] == ["inventory-team", "order-service"]
    assert len(found.missing("1.0.0", "sha256-b")) == len(found.missing("1.1.0", "sha256-a")) == 3
    assert found.stale("1.0.0", "sha256-b", "search") == ONE
    assert found.stale("1.0.0", "sha256-a", "search") is None


def test_a_confirmation_is_added_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    found = add_confirmation(
        add_confirmation(owners(tmp_path), ONE), Confirmation("1.0.0", "sha256-a", "order-service")
    )

    text = (tmp_path / "owners.yaml").read_text(encoding="utf-8")
    assert text.startswith(TEXT)
    assert text.count("confirmations:") == 1
    assert read_owners(tmp_path) == found
    assert [one.name for one in tmp_path.iterdir()] == ["owners.yaml"]


def test_a_revoked_confirmation_does_not_hold_and_can_be_given_again(tmp_path: Path) -> None:
    taken_back = Confirmation("1.0.0", "sha256-a", "search", "李雷", "2026-11-28", revoked=True)

    found = add_confirmation(add_confirmation(owners(tmp_path), ONE), taken_back)
    again = add_confirmation(found, ONE)

    assert found.confirmed("1.0.0", "sha256-a", "search") is None
    assert again.confirmed("1.0.0", "sha256-a", "search") == ONE
    assert len(again.confirmations) == 3


def test_a_file_of_another_form_is_not_changed(tmp_path: Path) -> None:
    text = f"confirmations: []\n{TEXT}"
    found = owners(tmp_path, text)

    with pytest.raises(MdtError, match="was not changed"):
        add_confirmation(found, ONE)

    assert (tmp_path / "owners.yaml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "owners.yaml has no key 'a'"),
        ("{}\n", "it names neither a provider nor a consumer"),
        ("provider: a\nconsumers: [a]\n", "'a' stands here twice"),
        ("provider: {notify: {url: x}}\n", "the provider has no name"),
        (
            "consumers: {a: {notify: {kind: dingtlak}}}\n",
            "there is no way to notify 'dingtlak'. Did you mean dingtalk?",
        ),
        ("provider: a\nconfirmations: [{by: a}]\n", "a confirmation has version, hash and by"),
        ("provider: a\nconfirmations: 1\n", "`confirmations` is a list"),
        ("provider: [\n", "this is no YAML"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        owners(tmp_path, text)

    assert message in str(caught.value)


def test_an_unknown_party(tmp_path: Path) -> None:
    with pytest.raises(MdtError, match="names no 'serch'"):
        owners(tmp_path).party("serch")
