"""A recording reads back as it was written, and every finished call is kept when the end of the file is cut off."""

import pytest

from mdt.engine.messages import Chunk
from mdt.errors import DefinitionError, MdtError
from mdt.recording.bodies import body_of, bytes_of, chunks_of, events_of
from mdt.recording.model import RecordedAnswer, RecordedCall, RecordedRequest, Recording
from mdt.recording.places import new_place, place, places
from mdt.recording.session_file import SessionWriter, read_recording, write_recording

TRICKY = [
    "1e3",
    "no",
    "0o17",
    "~",
    "2020-01-01",
    "a\nb ",
    "",
    "---",
    "---\n- x\n",
    "=",
    "\u2028x",
    "0x1F",
    "1_000",
    ".5",
    "{{ x }}",
    " a",
    "on",
]
CALLS = (
    RecordedCall(
        "2025-01-27T10:30:00.000Z",
        RecordedRequest(
            "POST", "/a?b=1", (("accept", "*/*"),), {"json": {"text": TRICKY, "n": [1, 1.5, 1e20, None, True, {}, []]}}
        ),
        RecordedAnswer(201, (("set-cookie", "a=1"), ("set-cookie", "b=2")), {"text": "line\n---\nline\n"}),
        0.25,
    ),
    RecordedCall("2025-01-27T10:30:01.000Z", RecordedRequest("GET", "/b"), RecordedAnswer(0, fault="timeout"), 30.0),
    RecordedCall(
        "2025-01-27T10:30:02.000Z",
        RecordedRequest("PUT", "/c", (), {"form": {"a": ["1", "2"], "b": ""}}),
        RecordedAnswer(200, (), {"sse": [{"delay": 0.5, "data": {"a": 1}}, {"data": "x\ny"}]}, partial=True),
        0.1,
    ),
)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "20250127-1030.yaml"
    writer = SessionWriter(path, "shop", "http://shop.internal")
    for call in CALLS:
        writer.append(call)
    writer.close()
    return path


def without_lines(recording):
    return [(call.at, call.request, call.answer, call.took) for call in recording.calls]


def test_it_reads_back_what_was_written(written):
    recording = read_recording(written)

    assert (recording.service, recording.session, recording.url) == ("shop", "20250127-1030", "http://shop.internal")
    assert without_lines(recording) == without_lines(Recording("", "", "", CALLS))
    assert written.read_text().split("\n")[recording.calls[1].line - 1].startswith("at:")


def test_a_file_cut_anywhere_has_every_whole_call_and_nothing_else(written, tmp_path):
    whole = written.read_bytes()
    wanted = without_lines(read_recording(written))
    counts = set()
    for end in range(whole.index(b"---\nat"), len(whole)):
        (tmp_path / "cut.yaml").write_bytes(whole[:end])
        found = read_recording(tmp_path / "cut.yaml")
        counts.add(len(found.calls))
        ended = [one[:3] for one in without_lines(found)]  # the last digits of `took` may be missing
        assert ended == [one[:3] for one in wanted][: len(ended)]
    assert counts == {0, 1, 2, 3}


def test_a_damaged_end_is_told_and_a_damaged_middle_is_an_error(written):
    text = written.read_text()
    written.write_text(text + "---\nat: 'x\n")
    assert (len(read_recording(written).calls), read_recording(written).damaged) == (3, 1)

    written.write_text(text.replace("method: GET", "method GET", 1))
    with pytest.raises(DefinitionError, match=r"20250127-1030.yaml:\d+"):
        read_recording(written)


@pytest.mark.parametrize("text", ["", "a: 1\n", "- x\n", "\tx", "recording: 1\nsession: a\nurl: b\nformat: 1\n"])
def test_another_file_is_no_recording(tmp_path, text):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(DefinitionError):
        read_recording(tmp_path / "x.yaml")


def test_a_whole_file_is_replaced_at_once(written):
    recording = read_recording(written)
    write_recording(recording, written)
    assert read_recording(written) == recording
    assert [path.name for path in written.parent.iterdir()] == [written.name]


BODIES = [
    (b'{"a": 1.5, "b": [null]}', "application/json", {"json": {"a": 1.5, "b": [None]}}),
    (b'{"a": 1, "a": 2}', "application/json", {"text": '{"a": 1, "a": 2}'}),
    (b'{"a": 12345678901234567.123}', "application/json", {"text": '{"a": 12345678901234567.123}'}),
    (b"NaN", "application/json", {"text": "NaN"}),
    (b'{"a": 1}', "", {"json": {"a": 1}}),
    ("é".encode("latin-1"), "text/plain; charset=latin-1", {"text": "é"}),
    (b"\xff\xfe", "text/plain", {"base64": "//4="}),
    (b"a\0b", "text/plain", {"base64": "YQBi"}),
    (b"a=1&b=%20&a=2", "application/x-www-form-urlencoded", {"form": {"a": ["1", "2"], "b": " "}}),
    (b"", "application/json", {}),
]


@pytest.mark.parametrize(("data", "kind", "wanted"), BODIES)
def test_bodies(data, kind, wanted):
    assert body_of(data, kind, is_request=True) == wanted


def test_a_compressed_body_is_decoded_and_an_unknown_coding_kept():
    import gzip

    assert body_of(gzip.compress(b"{}"), "application/json", "gzip") == {"json": {}}
    assert body_of(b"abc", "application/json", "unheard-of") == {"base64": "YWJj"}


def test_multipart_reads_back():
    parts = [{"name": "a", "text": "1"}, {"name": "f", "filename": "x.bin", "type": "image/png", "base64": "/wA="}]
    kind = "multipart/form-data; boundary=mdt-recorded-part"
    assert body_of(bytes_of({"multipart": parts}), kind, is_request=True) == {"multipart": parts}


def test_events_keep_their_pauses_however_the_stream_was_cut():
    pieces = (
        Chunk(0.5, b'id: 1\ndata: {"a"'),
        Chunk(0.25, b": 1}\n\ndata: x\r\ndata: y\r\n\r\n"),
        Chunk(1, b": ping\n\nda"),
    )
    events = [{"delay": 0.75, "id": "1", "data": {"a": 1}}, {"data": "x\ny"}, {"delay": 1.0, "comment": "ping"}]
    assert events_of(pieces) == events
    assert [chunk.delay for chunk in chunks_of({"sse": events})] == [0.75, 0, 1.0]
    assert events_of(chunks_of({"sse": events})) == events


def test_places(tmp_path):
    first = new_place(tmp_path, "shop", None, None)
    write_recording(Recording("shop", first.session, ""), first.path)
    second = new_place(tmp_path, "shop", "mocks/internal/shop.yaml", "mine")
    write_recording(Recording("shop", "mine", ""), second.path)

    assert first.path.relative_to(tmp_path).parts[:3] == ("external", "shop", "recordings")
    assert second.path.relative_to(tmp_path).as_posix() == "internal/shop/recordings/mine.yaml"
    assert {one.session for one in places(tmp_path, "shop")} == {first.session, "mine"}
    assert place(tmp_path, "shop", "mine").path == second.path
    assert new_place(tmp_path, "shop", None, None).session.startswith(first.session)


@pytest.mark.parametrize(
    ("service", "session"), [("../x", None), ("shop", "../x"), ("shop", "a/b"), ("", None), ("shop", "mine")]
)
def test_a_bad_or_taken_name_is_refused(tmp_path, service, session):
    write_recording(Recording("shop", "mine", ""), new_place(tmp_path, "shop", None, "mine").path)
    with pytest.raises(MdtError):
        new_place(tmp_path, service, None, session)


def test_an_unknown_recording_names_the_closest(tmp_path):
    write_recording(Recording("shop", "mine", ""), new_place(tmp_path, "shop", None, "mine").path)
    with pytest.raises(MdtError, match="Did you mean mine"):
        place(tmp_path, "shop", "mime")
