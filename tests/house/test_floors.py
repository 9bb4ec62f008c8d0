"""Law 1 and law 4: a module imports only from lower floors or its own room; a heavy library has one owner."""

from source import FLOOR_OF, PACKAGE, STUDIES, sources

OWNERS = {
    "ibis": {"warehouse"},
    "duckdb": {"warehouse"},
    "sqlglot": {"warehouse"},
    "pymc": {"stats", *STUDIES},
    "pytensor": {"stats", *STUDIES},
    "arviz": set(),
    "lightgbm": {"scoring", "forecasting"},
    "onnx": {"scoring"},
    "altair": {"charts"},
    "vl_convert": {"charts"},
    "papermill": {"reporting"},
    "nbconvert": {"reporting"},
    "nbclient": {"reporting"},
    "nbformat": {"reporting"},
    "nbval": {"reporting"},
    "jinja2": {"reporting"},
    "ipywidgets": {"widgets"},
    "typer": {"cli"},
    "rich": {"cli"},
}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "saleslab" and len(parts) > 1 else None


def test_every_room_stands_on_a_floor():
    rooms = {source.room for source in sources()}
    assert rooms <= set(FLOOR_OF), f"rooms without a floor: {rooms - set(FLOOR_OF)}"


def test_modules_import_only_from_lower_floors_or_their_own_room():
    wrong = []
    for source in sources():
        for line, module in source.imports():
            room = room_of(module)
            if room is None or room == source.room:
                continue
            if FLOOR_OF[source.room] == 0 and room == "errors":
                continue
            if FLOOR_OF.get(room, 99) >= FLOOR_OF[source.room]:
                wrong.append(f"{source.name}:{line} imports {module}")
    assert wrong == []


def test_imports_are_never_relative():
    assert [f"{s.name}:{line}" for s in sources() for line, module in s.imports() if module.startswith(".")] == []


def test_every_heavy_library_has_one_owner():
    wrong = []
    for source in sources():
        for line, module in source.imports():
            library = module.split(".")[0]
            owners = OWNERS.get(library)
            is_input = library == "ibis" and source.path.name == "inputs.py"
            if owners is not None and source.room not in owners and not is_input:
                wrong.append(f"{source.name}:{line} imports {library}")
    assert wrong == []


def test_only_the_door_to_pymc_draws_samples():
    assert [s.name for s in sources() if "pm.sample(" in s.text or "pymc.sample(" in s.text] in (
        [],
        ["stats/sampling.py"],
    )


def test_every_room_opens_with_its_question():
    for room in {source.room for source in sources() if (PACKAGE / source.room).is_dir()}:
        door = next(s for s in sources() if s.name == f"{room}/__init__.py")
        first_line = (door.text.split('"""')[1]).splitlines()[0]
        assert first_line.endswith("?"), f"{room}/__init__.py opens with {first_line!r}, not with its question"


def test_every_study_room_reads_its_tables_in_inputs():
    for room in {s.room for s in sources()} & STUDIES:
        assert (PACKAGE / room / "inputs.py").is_file(), room
