"""Pictures of charts: safe, the same on every machine, readable, and only in the theme's colours."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import altair as alt
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.charts import finish, render_svg, theme
from saleslab.errors import BadArgument

SCRIPT = """
import hashlib, sys
import altair as alt
from saleslab.charts import finish, render_svg, theme

names = ("新規営業", "Alpha", "提案")
rows = [{"day": f"2026-0{m}-01", "won": m * 1.1e7 / 3, "name": name} for m, name in enumerate(names, 1)]
base = alt.Chart(alt.Data(values=rows))
line = base.mark_line(clip=True).encode(x=alt.X("day:T", axis=alt.Axis(format="%-d %b %H:%M")), y="won:Q")
names = base.mark_text(align="left").encode(x="day:T", y="won:Q", text="name:N")
bars = base.mark_bar().encode(x="won:Q", y="name:N")
spec = finish(alt.layer(line, names), lang="ja", width=340)
pictures = [render_svg(spec), render_svg(finish(bars, lang="en", width=720)), render_svg(spec)]
assert pictures[0] == pictures[2]
print(hashlib.sha256("".join(pictures).encode()).hexdigest())
"""
HOSTILE = [
    "<script>alert(1)</script>",
    "</text></svg><script>1</script>",
    '" onload="x',
    "&amp;]]>",
    "\u202eevil",
    "🙂",
]


def chart(values=({"x": 1, "y": "a"},), mark="bar", **properties):
    return alt.Chart(alt.Data(values=list(values))).mark_bar(**properties).encode(x="x:Q", y="y:N")


def spec_of(*args, width=340, **kwargs):
    return finish(chart(*args, **kwargs), lang="en", width=width)


def words(picture):
    return [
        text for element in ET.fromstring(picture).iter() if element.tag.endswith("text") for text in element.itertext()
    ]


def run_elsewhere(folder, **environment):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_picture_is_the_same_in_another_process_folder_time_zone_and_without_the_machines_fonts(tmp_path):
    (tmp_path / "none").mkdir()
    no_fonts = tmp_path / "fonts.conf"
    no_fonts.write_text(f"<fontconfig><dir>{tmp_path}/none</dir></fontconfig>")
    here = run_elsewhere(Path.cwd(), PYTHONHASHSEED="0", TZ="UTC")
    bare = {"FONTCONFIG_FILE": str(no_fonts), "HOME": str(tmp_path), "LC_ALL": "C"}
    there = run_elsewhere(tmp_path, PYTHONHASHSEED="4711", TZ="America/St_Johns", **bare)
    assert there == here
    assert len(here.strip()) == 64


def test_clip_paths_carry_the_name_of_the_figure_and_are_used():
    line = (
        alt.Chart(alt.Data(values=[{"x": 1, "y": 2}, {"x": 2, "y": 9}])).mark_line(clip=True).encode(x="x:Q", y="y:Q")
    )
    pictures = [render_svg(finish(line, lang="en", width=340), name=name) for name in ("first", "second")]
    ids = [set(re.findall(r' id="([^"]+)"', picture)) for picture in pictures]
    assert ids == [{"first-clip0"}, {"second-clip0"}]
    assert all(f"url(#{own})" in picture for picture, (own,) in zip(pictures, ids, strict=True))


def test_name_and_words_are_told_to_who_cannot_see_the_picture():
    root = ET.fromstring(render_svg(spec_of(), name="rates", title="Rates <1>", desc='Won "less" & less.'))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "rates-title rates-desc"
    told = {child.get("id"): child.text for child in root if child.get("id")}
    assert told == {"rates-title": "Rates <1>", "rates-desc": 'Won "less" & less.'}


def test_a_picture_holds_shapes_and_words_and_nothing_that_acts():
    root = ET.fromstring(render_svg(spec_of()))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert tags <= {"svg", "g", "path", "rect", "line", "circle", "text", "tspan"}
    assert not {name for name in attributes if name.startswith("on") or "href" in name or name in {"style", "class"}}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_shown_as_words(text):
    picture = render_svg(spec_of([{"x": 1, "y": text}]))
    assert text in words(picture)
    assert "<script" not in picture


@settings(max_examples=25, deadline=None)
@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp", "Zs"]), min_size=1, max_size=12
    )
)
def test_any_word_survives_drawing(text):
    assert text in words(render_svg(spec_of([{"x": 1, "y": text}])))


@pytest.mark.parametrize("sign", ["\0", "\x0b", "\x1b", "\ud800", "\uffff"])
def test_signs_that_would_abort_the_renderer_are_replaced(sign):
    assert "a\ufffdb" in words(render_svg(spec_of([{"x": 1, "y": f"a{sign}b"}])))


@pytest.mark.parametrize("before", ["", "a"])
def test_a_long_label_cut_within_a_rare_sign_is_still_drawn(before):
    (label,) = [text for text in words(render_svg(spec_of([{"x": 1, "y": before + "🙂" * 40}]))) if text.endswith("…")]
    assert set(label) <= {"a", "🙂", "\ufffd", "…"}


def test_colours_become_variables_or_light_values():
    with_variables, plain = (render_svg(spec_of(), variables=on) for on in (True, False))
    assert "var(--accent)" in with_variables
    assert "#" not in with_variables
    assert "var(" not in plain
    assert theme.ACCENT in plain


def test_a_strong_label_is_ink_and_semi_bold():
    text = alt.Chart(alt.Data(values=[{"x": 1}])).mark_text(color=theme.STRONG).encode(x="x:Q", text=alt.value("61 %"))
    picture = render_svg(finish(text, lang="en", width=340))
    assert re.search(r'<text font-weight="600"[^>]* fill="var\(--ink\)"[^>]*>61 %</text>', picture)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: chart(color="#123456"), r"uses the colour '#123456'(.|\n)*Next: take colours from charts.theme"),
        (lambda: chart(href="javascript:alert(1)"), r"has 'href': 'javascript(.|\n)*Next: .* follows no link"),
        (
            lambda: alt.Chart("https://example.org/x.json").mark_bar().encode(x="x:Q"),
            r"has 'url'(.|\n)*Next: put the data into the chart",
        ),
        (
            lambda: alt.Chart(alt.Data(values=[{"u": "x.png"}])).mark_image().encode(url="u:N"),
            r"has 'url'(.|\n)*Next: put the data into the chart",
        ),
        (
            lambda: chart().configure_axis(labelFontSize=9),
            r"has text of 9px(.|\n)*Next: write labels in 11 px or more",
        ),
        (lambda: chart().configure_axis(labelFontWeight="bold"), r"has bold text(.|\n)*Next: .*theme.STRONG"),
        (
            lambda: chart().configure_axis(labelFont="Comic Sans"),
            r"writes in 'Comic Sans'(.|\n)*the font is BIZ UDPGothic",
        ),
        (
            lambda: alt.hconcat(chart().properties(width=300), chart().properties(width=300)),
            r"px wide where 340 were asked(.|\n)*Next: give the parts of the chart less width",
        ),
    ],
)
def test_what_a_page_could_not_show_safely_or_readably_is_refused(make, message):
    with pytest.raises(BadArgument, match=message):
        render_svg(finish(make(), lang="en", width=340), width=340)


def test_what_is_no_chart_is_refused():
    with pytest.raises(BadArgument, match=r"'broken' cannot be drawn(.|\n)*Next: check its specification"):
        render_svg({"mark": 7}, name="broken")


@pytest.fixture(scope="module")
def font():
    with files("saleslab.charts").joinpath("fonts/BIZUDPGothic-Regular.ttf").open("rb") as file:
        yield TTFont(file)


def _leaves(tree):
    if isinstance(tree, dict):
        for value in tree.values():
            yield from _leaves(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _leaves(value)
    else:
        yield str(tree)


def test_the_font_has_every_sign_of_the_wording_and_of_the_invented_company(font):
    known = set(font.getBestCmap())
    package = files("saleslab")
    folders = [package.joinpath(*parts) for parts in (("wording", "en"), ("wording", "ja"), ("simulation", "words"))]
    sheets = [file for folder in folders for file in folder.iterdir() if file.name.endswith(".toml")]
    assert len(sheets) > 3
    lacking = {
        f"{file.name}: {sign!r}"
        for file in sheets
        for words_ in _leaves(tomllib.loads(file.read_text(encoding="utf-8")))
        for sign in words_
        if ord(sign) not in known and sign not in "\n"
    }
    assert lacking == set()


def test_the_font_is_the_one_that_the_theme_names_and_its_licence_ships_with_it(font):
    assert font["name"].getBestFamilyName() == theme.FONT
    licence = files("saleslab.charts").joinpath("fonts/OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "The BIZ UDGothic Project Authors" in licence


def test_the_font_file_is_the_one_that_pictures_were_measured_with():
    content = files("saleslab.charts").joinpath("fonts/BIZUDPGothic-Regular.ttf").read_bytes()
    assert hashlib.sha256(content).hexdigest() == "8d4fd9568ad662d9eb1bc8ca8663dcd76a6336373e3e3f32d634978db4c7388e"
