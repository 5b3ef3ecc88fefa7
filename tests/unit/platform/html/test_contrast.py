"""WCAG 2.2 SC 1.4.3 and 1.4.11: every pair of colours in the style sheets, in light and in dark."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import renkei.platform.html as kit_package
import renkei.systems.disclosure.pages as pages_package

BASE = Path(kit_package.__file__).parent / "static" / "base.css"
SHEETS = [BASE, Path(pages_package.__file__).parent / "static" / "disclosure.css"]
ON_SURFACES = {"ink", "ink-soft", "link", "visited", "good-plain"}
SURFACES = ("paper", "ground")
EDGES = ("accent", "edge", "ink", "alarm-edge")
Colours = dict[str, str]
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
COLOUR = re.compile(r"(?<![-\w])color:\s*var\(--([\w-]+)\)")
BACKGROUND = re.compile(r"background:\s*var\(--([\w-]+)\)")


def palettes() -> dict[str, Colours]:
    css = BASE.read_text()
    light_block, dark_block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    read = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")
    light = dict(read.findall(light_block))
    return {"light": light, "dark": light | dict(read.findall(dark_block))}


PALETTES = palettes()


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def rules() -> Iterator[tuple[str, str]]:
    for sheet in SHEETS:
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
        for selector, body in RULE.findall(text):
            yield selector.strip(), body


def text_pairs() -> set[tuple[str, str]]:
    pairs = {(colour, surface) for colour in ON_SURFACES for surface in SURFACES}
    for _, body in rules():
        colour, background = COLOUR.search(body), BACKGROUND.search(body)
        if colour and background:
            pairs.add((colour.group(1), background.group(1)))
    return pairs


def test_the_measure_gives_the_known_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("pair", sorted(text_pairs()), ids="-on-".join)
def test_text_stands_out_from_what_is_behind_it(theme: str, pair: tuple[str, str]) -> None:
    palette = PALETTES[theme]
    assert contrast(palette[pair[0]], palette[pair[1]]) >= 4.5


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("surface", SURFACES)
def test_borders_that_mean_something_can_be_seen(theme: str, edge: str, surface: str) -> None:
    assert contrast(PALETTES[theme][edge], PALETTES[theme][surface]) >= 3


def test_a_colour_without_a_background_of_its_own_is_one_for_plain_surfaces() -> None:
    elsewhere = {"on-focus", "on-accent"}
    for selector, body in rules():
        colour = COLOUR.search(body)
        if colour and not BACKGROUND.search(body):
            assert colour.group(1) in ON_SURFACES | elsewhere, selector


def test_no_rule_names_a_colour_outside_the_palette() -> None:
    for selector, body in rules():
        if not selector.endswith(":root"):
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", body), selector


def test_dark_names_every_colour_that_light_names() -> None:
    _, dark = re.findall(r":root \{(.*?)\}", BASE.read_text(), re.DOTALL)
    assert set(re.findall(r"--([\w-]+):", dark)) == set(PALETTES["light"])
