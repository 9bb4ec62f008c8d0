"""A bundle gives back the very same model, or an error; never a crash, never somebody's code."""

import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from trained import invent_leads, name_trees, train_plain_scorer, train_scorer

from saleslab.errors import BadArgument, FileProblem
from saleslab.scoring import LeadScorer, ModelFacts, load_model, read_bundle, save_model
from saleslab.scoring.bundles.files import MANIFEST, SIGNATURE, STATE, hold_folder, name_text, parse_json, write_json
from saleslab.scoring.bundles.reading import try_in_child
from saleslab.scoring.model.grades import set_grades

KEY, OTHER_KEY = b"a secret of sixteen bytes", b"another secret, as long"
TREES = name_text(name_trees())
FACTS = ModelFacts(
    data_from=date(2026, 1, 1),
    data_to=date(2026, 9, 30),
    n_leads=900,
    n_wins=400,
    metrics={"forward_auc": 0.8},
    allowed={"source": "recorded before the first call"},
    grades=set_grades(np.linspace(0.01, 0.9, 50), capacity=0.1),
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return the folder of an unsigned and of a signed bundle; tests copy them before they break them."""
    shelf = tmp_path_factory.mktemp("bundles")
    save_model(train_scorer(), shelf / "plain", about=FACTS)
    save_model(train_scorer(), shelf / "signed", key=KEY, about=FACTS)
    return shelf


@pytest.fixture
def copy(saved, tmp_path):
    return Path(shutil.copytree(saved / "plain", tmp_path / "copy"))


def seal(folder):
    """Write the right digests into the manifest of a changed bundle, as a forger would."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    files = sorted(path for path in folder.iterdir() if path.name not in {MANIFEST, SIGNATURE})
    manifest["files"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    (folder / MANIFEST).write_bytes(write_json(manifest))


def change_state(folder, change):
    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    change(state)
    (folder / STATE).write_bytes(write_json(state))
    seal(folder)


# -- recover


def test_a_signed_bundle_gives_the_same_chances_to_the_last_bit(saved):
    leads, _ = invent_leads()
    loaded = load_model(saved / "signed", key=KEY, trust="signed")
    assert np.array_equal(loaded.predict_proba(leads), train_scorer().predict_proba(leads))
    assert (loaded.verdict_, loaded.forward_auc_) == (train_scorer().verdict_, train_scorer().forward_auc_)


def test_an_unsigned_bundle_is_tried_in_a_child_and_gives_the_same_chances(saved):
    leads, _ = invent_leads()
    loaded = load_model(saved / "plain")
    assert np.array_equal(loaded.predict_proba(leads), train_scorer().predict_proba(leads))


def test_a_model_without_trees_or_column_names_is_kept_too(tmp_path):
    rows, won = invent_leads()[0][["signal_0"]].to_numpy(), invent_leads()[1]
    for at, scorer in enumerate([train_plain_scorer(), LeadScorer().fit(rows, won)]):
        save_model(scorer, tmp_path / str(at), key=KEY)
        loaded = load_model(tmp_path / str(at), key=KEY)
        asked = rows if at else invent_leads()[0]
        assert np.array_equal(loaded.predict_proba(asked), scorer.predict_proba(asked))


def test_what_was_said_about_a_model_comes_back(saved):
    manifest = read_bundle(saved / "plain").manifest
    assert manifest.facts == FACTS
    assert list(manifest.columns) == ["signal_0", "signal_1", "signal_2", "source"]
    assert (manifest.verdict, manifest.seed) == (train_scorer().verdict_, 0)
    assert manifest.base_rate == train_scorer().base_rate_


# -- laws


def test_the_same_model_has_the_same_digest_wherever_and_however_often_it_is_saved(saved, tmp_path):
    leads, won = invent_leads()
    again = LeadScorer(seed=0).fit(leads, won, time=np.arange(len(won)))
    reloaded = load_model(saved / "signed", key=KEY)
    digests = {save_model(one, tmp_path / str(at), about=FACTS).sha256 for at, one in enumerate((again, reloaded))}
    assert digests == {read_bundle(saved / "plain").sha256}


def test_saving_the_same_model_twice_changes_nothing_and_another_one_is_refused(copy):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    save_model(train_scorer(), copy, about=FACTS)
    with pytest.raises(BadArgument, match=r"(?s)holds something else already.*Next: save into a new folder"):
        save_model(train_plain_scorer(), copy)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_nothing_in_a_bundle_is_a_pickle(saved):
    for path in (saved / "signed").iterdir():
        path.read_text(encoding="utf-8")
        assert path.suffix in {".json", ".txt"}
    assert {path.name for path in (saved / "signed").iterdir()} == {MANIFEST, STATE, SIGNATURE, TREES}


def test_a_writer_that_is_killed_leaves_only_whole_folders_and_the_next_one_sweeps_up(tmp_path):
    script = (
        "import sys, itertools; from pathlib import Path\n"
        "from saleslab.scoring.bundles.files import hold_folder, put_folder\n"
        "root = Path(sys.argv[1])\n"
        "for at in itertools.count():\n"
        "    with hold_folder(root) as workshop:\n"
        "        put_folder(root / f'{at:04}', {f'{n}.txt': bytes(200_000) for n in range(10)}, workshop)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) as writer:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.glob("0*"))) < 5 and time.monotonic() < deadline:
            time.sleep(0.003)
        writer.send_signal(signal.SIGKILL)
    folders = list(tmp_path.glob("[!.]*"))
    assert len(folders) >= 5
    assert all(sorted(len(path.read_bytes()) for path in folder.iterdir()) == [200_000] * 10 for folder in folders)
    with hold_folder(tmp_path) as workshop:
        assert [path.name for path in workshop.iterdir()] == ["lock"]


# -- refusals: whatever was changed


def flip_byte(folder, lot):
    path = folder / str(lot.choice([MANIFEST, STATE, TREES]))
    content = bytearray(path.read_bytes())
    at = int(lot.integers(len(content)))
    content[at] ^= int(lot.integers(1, 256))
    path.write_bytes(bytes(content))


def change_word(folder, lot):
    path = folder / str(lot.choice([STATE, TREES]))
    words = re.split(r"(\s+)", path.read_text(encoding="utf-8"))
    places = [at for at, word in enumerate(words) if word.strip()]
    words[int(lot.choice(places))] = str(lot.choice(["-1", "99999999", "nan", "1e999", "", "left_child=0 0", "\x00"]))
    path.write_text("".join(words), encoding="utf-8")


def cut_off(folder, lot):
    path = folder / str(lot.choice([MANIFEST, STATE, TREES]))
    content = path.read_bytes()
    path.write_bytes(content[: int(lot.integers(len(content)))])


def swap_files(folder, lot):
    first, second = (folder / name for name in lot.permutation([MANIFEST, STATE, TREES])[:2])
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b)
    second.write_bytes(a)


def remove_file(folder, lot):
    (folder / str(lot.choice([MANIFEST, STATE, TREES]))).unlink()


def add_file(folder, lot):
    name = str(lot.choice(["model.pkl", "trees_7.lightgbm.txt", "__init__.py", ".hidden", f"{TREES}.bak"]))
    (folder / name).write_bytes(b"cos\nsystem\n(S'true'\ntR.")


def rename_in_manifest(folder, lot):
    name = str(lot.choice(["../plain/scorer.json", "/etc/passwd", "trees", TREES.upper(), "a/b"]))
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"][name] = manifest["files"].pop(TREES)
    (folder / MANIFEST).write_bytes(write_json(manifest))


def link_away(folder, lot):
    name = str(lot.choice([MANIFEST, STATE, TREES]))
    target = folder.parent / f"elsewhere-{name}"
    shutil.move(folder / name, target)
    (folder / name).symlink_to(target)


def put_folder_in_place(folder, lot):
    name = str(lot.choice([MANIFEST, STATE, TREES]))
    (folder / name).unlink()
    (folder / name).mkdir()


MUTATIONS = (
    flip_byte, change_word, cut_off, swap_files, remove_file, add_file, rename_in_manifest, link_away,
    put_folder_in_place,
)  # fmt: skip


@pytest.mark.parametrize("kind", ["plain", "signed"])
def test_two_hundred_changed_bundles_are_all_refused(saved, tmp_path, kind):
    lot = np.random.default_rng(20)
    for at in range(100):
        folder = Path(shutil.copytree(saved / kind, tmp_path / str(at)))
        MUTATIONS[at % len(MUTATIONS)](folder, lot)
        with pytest.raises(FileProblem, match=r"(?s)\w.*\n  Next: \w"):
            load_model(folder, key=KEY if kind == "signed" else None)


@pytest.mark.slow
def test_two_hundred_changed_bundles_with_right_digests_are_refused_or_harmless(saved, tmp_path):
    """A forger writes the digests anew. What still loads is a model, only not ours: chances, finite, from 0 to 1."""
    lot, n_loaded = np.random.default_rng(21), 0
    leads, _ = invent_leads()
    for at in range(200):
        folder = Path(shutil.copytree(saved / "plain", tmp_path / str(at)))
        (flip_byte, change_word, cut_off)[at % 3](folder, lot)
        with suppress(ValueError):  # a manifest that is no JSON any more can't be sealed
            seal(folder)
        try:
            loaded = load_model(folder)
        except FileProblem:
            continue
        chances = loaded.predict_proba(leads)
        n_loaded += 1
        assert np.isfinite(chances).all()
        assert ((chances >= 0) & (chances <= 1)).all()
    assert n_loaded < 60


def test_a_forger_without_the_key_changes_the_chances_of_an_unsigned_bundle_only(saved, tmp_path):
    """What digests alone can't keep out: a well-formed model with right digests. A key keeps it out."""
    leads, _ = invent_leads()
    forged = {}
    for kind in ("plain", "signed"):
        folder = forged[kind] = Path(shutil.copytree(saved / kind, tmp_path / kind))
        change_state(folder, lambda state: state["model"].update(base=5.0))
    assert (load_model(forged["plain"]).predict_proba(leads)[:, 1].mean()) > 0.9
    with pytest.raises(FileProblem, match=r"(?s)was not signed with this key.*Next: take the bundle again"):
        load_model(forged["signed"], key=KEY)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.update(columns=["another"]),
        lambda state: state["model"]["parts"].clear() or state.pop("calibration"),
        lambda state: state["classes"].update(values=list(range(1000))),
    ],
)
def test_a_state_that_is_no_scorer_is_refused(copy, change):
    change_state(copy, change)
    with pytest.raises(FileProblem, match=r"(?s)The unsigned bundle.*Next: take the bundle again"):
        load_model(copy)


def test_a_manifest_that_praises_its_model_more_than_the_model_does_is_refused(tmp_path):
    save_model(train_plain_scorer(), tmp_path / "model", key=KEY)
    manifest = json.loads((tmp_path / "model" / MANIFEST).read_text(encoding="utf-8"))
    content = write_json(manifest | {"verdict": "ready"})
    signature = hmac.new(KEY, b"saleslab bundle 1\n" + content, hashlib.sha256).hexdigest()
    (tmp_path / "model" / MANIFEST).write_bytes(content)
    (tmp_path / "model" / SIGNATURE).write_bytes(write_json({"algorithm": "HMAC-SHA256", "signature": signature}))
    with pytest.raises(FileProblem, match=r"(?s)manifest and its scorer disagree on: verdict.*Next: take"):
        load_model(tmp_path / "model", key=KEY)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a": NaN}\n',
        b'{"a": 1, "a": 2}\n',
        b'{"a": 1e999}\n',
        b'{"a": ' + b"9" * 10_000 + b"}\n",
        b'{"a": "\\ud800"}\n',
        b"\xff\xfe{}",
        b"{}",
        b"",
    ],
)
def test_json_that_two_readers_may_take_for_two_things_is_refused(content):
    with pytest.raises(FileProblem, match=r"(?s)'x' is not JSON as saleslab writes it.*Next: take the bundle again"):
        parse_json(content, name="x")


@pytest.mark.parametrize(("name", "size"), [(MANIFEST, 2**20), (STATE, 2**24)])
def test_a_file_beyond_its_bound_is_not_read(copy, name, size):
    with (copy / name).open("r+b") as file:
        file.truncate(size + 1)
    with pytest.raises(FileProblem, match=r"(?s)is larger than [\d,]+ bytes.*Next: take the bundle again"):
        load_model(copy)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_a_file_does_not_hang_the_reader(copy):
    (copy / TREES).unlink()
    os.mkfifo(copy / TREES)
    with pytest.raises(FileProblem, match="is no plain file"):
        load_model(copy)


def test_another_type_or_schema_is_refused(copy):
    manifest = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    (copy / MANIFEST).write_bytes(write_json(manifest | {"type": "os.system"}))
    with pytest.raises(FileProblem, match=r"(?s)not one of saleslab: type.*Next: take the bundle again"):
        load_model(copy)
    (copy / MANIFEST).write_bytes(write_json(manifest | {"schema_version": 2}))
    with pytest.raises(FileProblem, match=r"(?s)another version of saleslab.*Next: use the saleslab that wrote it"):
        load_model(copy)


def test_a_key_must_be_the_right_one_and_long_enough(saved):
    with pytest.raises(FileProblem, match=r"(?s)was not signed with this key.*Next: take"):
        load_model(saved / "signed", key=OTHER_KEY)
    with pytest.raises(FileProblem, match=r"(?s)is not signed.*Next: sign it with the key"):
        load_model(saved / "plain", key=KEY)
    with pytest.raises(BadArgument, match=r"(?s)A key of 5 bytes can be guessed.*Next: make one of 16"):
        load_model(saved / "signed", key=b"short")
    with pytest.raises(BadArgument, match=r"(?s)cannot be checked without a key.*Next: give the key"):
        load_model(saved / "signed", trust="signed")


def test_only_the_bundle_that_was_asked_for_is_read(saved):
    with pytest.raises(FileProblem, match=r"(?s)not the one that was asked for.*Next: take"):
        load_model(saved / "signed", key=KEY, sha256="0" * 64)


def test_no_folder_is_no_bundle(tmp_path):
    with pytest.raises(FileProblem, match=r"(?s)There is no bundle 'nothing'.*Next: name the folder"):
        load_model(tmp_path / "nothing")


# -- the child process


def make_harmful(name, value):
    text = train_scorer().get_state()[1][name_trees()]
    return re.sub(
        rf"^{name}=.*$", lambda found: f"{name}={value(found[0].partition('=')[2])}", text, flags=re.MULTILINE
    )


def try_text(text, cpu_seconds=20):
    state, _ = train_scorer().get_state()
    kinds = dict.fromkeys(["signal_0", "signal_1", "signal_2"], "number") | {"source": "name"}
    try_in_child(write_json(state), {name_trees(): text}, kinds, cpu_seconds=cpu_seconds)


def test_a_text_that_kills_lightgbm_kills_the_child_only():
    with pytest.raises(FileProblem, match=r"(?s)The unsigned bundle (killed|is not).*Next: take the bundle again"):
        try_text(make_harmful("left_child", lambda line: " ".join(["1000000000"] * len(line.split()))))


@pytest.mark.slow
def test_a_walk_that_never_ends_is_stopped():
    with pytest.raises(FileProblem, match=r"(?s)The unsigned bundle killed|did not come to an end"):
        try_text(make_harmful("right_child", lambda line: " ".join(["0"] * len(line.split()))), cpu_seconds=12)
