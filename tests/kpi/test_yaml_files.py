"""Plain YAML is read with its lines; whatever a parser could trip over is refused at its line."""

from datetime import date

import pytest

from saleslab.errors import FileProblem
from saleslab.kpi.yaml_files import LARGEST, read_yaml


def _write(folder, text):
    file = folder / "tree.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_values_come_with_their_lines(tmp_path):
    file = read_yaml(
        _write(tmp_path, "tree: 名前\nfrom: 2027-01-01\nnodes:\n  goal:\n    target: 60_000_000\n    low: [1, 2]\n")
    )
    assert file.content["from"] == date(2027, 1, 1)
    assert file.content["nodes"]["goal"]["target"] == 60_000_000
    assert file.locate(("nodes", "goal", "low", 1)) == "tree.yaml, line 6"
    assert file.locate(("nodes", "goal", "nothing")) == "tree.yaml, line 4"


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert read_yaml(_write(tmp_path, b"\xef\xbb\xbftree: a\n")).content == {"tree": "a"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: &x [1]\nb: *x\n", "line 1: anchors and aliases"),
        ("a: 1\nb: !!python/object:os.system x\n", "line 2: tags"),
        ("a: 1\nb: 2\na: 3\n", "line 3: 'a' is there twice"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document"),
        ("a: 1\n<<: {b: 2}\n", "line 2: not a plain key"),
        ("? [1, 2]\n: 3\n", "line 1: not a plain key"),
        ("a: " + "[" * 5000 + "]" * 5000, "line 1: nesting"),
        ("a: [1,\nb: 2\n", "line 3: not YAML"),
        ("a: 2026-13-01\n", "month must be in 1..12"),
        ("a: \x00\n", "not YAML"),
        ("- 1\n", "holds no mapping"),
        ("", "holds no mapping"),
        (b"a: \x83\x41\n", "not UTF-8"),
        ("a: " + "x" * LARGEST, "bytes"),
    ],
)
def test_what_is_not_plain_is_refused_at_its_line(tmp_path, text, what):
    with pytest.raises(FileProblem, match="Next: ") as refused:
        read_yaml(_write(tmp_path, text))
    assert what in refused.value.what


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileProblem, match=r"none\.yaml cannot be opened"):
        read_yaml(tmp_path / "none.yaml")
