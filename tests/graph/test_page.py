"""The page: one file, whole without scripts, for eye, ear, keyboard and paper."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from authflow.graph.drawing import draw
from authflow.graph.page import page
from authflow.machines import FORGOT_PASSWORD, USER
from tests.graph.samples import DOOR, GROUPED_DOOR

_VOID = {"meta", "wbr", "input", "br", "path", "rect", "circle"}


class _Reader(HTMLParser):
    """Notes ids, links and texts, and that every element ends where it should."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.attributes: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.attributes.append((tag, known))
        if "id" in known:
            self.ids[known["id"]] += 1
        if tag == "a":
            self.links.append(known["href"])
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def text() -> str:
    return page(draw((USER, FORGOT_PASSWORD, GROUPED_DOOR)))


@pytest.fixture(scope="module")
def read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


def test_every_element_ends_and_every_id_is_one(read: _Reader) -> None:
    assert read.open == []
    assert [name for name, count in read.ids.items() if count > 1] == []


def test_every_link_leads_to_a_place_on_the_page(read: _Reader) -> None:
    assert read.links
    assert {link.removeprefix("#") for link in read.links} <= read.ids.keys()


def test_it_loads_nothing(text: str, read: _Reader) -> None:
    assert set(re.findall(r"https?://[^\"']+", text)) == {"http://www.w3.org/2000/svg"}
    assert not [tag for tag, attributes in read.attributes if "src" in attributes or tag in ("link", "img", "iframe")]
    assert "url(" not in text
    assert "@import" not in text


def test_every_row_is_told_in_words_and_nothing_waits_for_a_script(text: str, read: _Reader) -> None:
    before, _, _ = text.partition("<script>")
    for machine in (USER, FORGOT_PASSWORD, DOOR):
        section = before.partition(f'<section id="{machine.name}"')[2].partition("</section>")[0]
        assert section.count("<tr id=") == len(machine.rows)
    assert "Somebody has the key." in before
    assert "not: <code>_<wbr>is_<wbr>night</code>" in before
    assert "Turn the key." in before
    assert "<code>invalidState</code> It is locked." in before
    assert "all of shut" not in before  # no row holds in just that group
    hidden = [attributes for _, attributes in read.attributes if "hidden" in attributes]
    assert {attributes.get("class") for attributes in hidden} == {"find"}


def test_pictures_have_names_and_words_for_who_does_not_see_them(read: _Reader) -> None:
    pictures = [attributes for tag, attributes in read.attributes if tag == "svg"]
    assert len(pictures) == 5  # all regions, of which none moves another; one, one, and two of the door
    assert all(set(attributes["aria-labelledby"].split()) <= read.ids.keys() for attributes in pictures)
    tables = [attributes for tag, attributes in read.attributes if tag == "table"]
    assert len(tables) == 4
    scrolled = [attributes for _, attributes in read.attributes if attributes.get("class") == "scroll"]
    assert all(attributes["tabindex"] == "0" and attributes["aria-label"] for attributes in scrolled)
    assert any(tag == "html" and attributes["lang"] == "en" for tag, attributes in read.attributes)


def test_it_follows_light_and_dark_and_prints(text: str) -> None:
    assert "prefers-color-scheme:dark" in text
    assert "@media print" in text
    assert "break-inside:avoid" in text


def test_only_how_they_move_one_another() -> None:
    alone = page(draw((USER, FORGOT_PASSWORD)), flow=True)
    assert '<section id="flow"' in alone
    assert '<section id="user"' not in alone


def test_what_a_declaration_says_is_text_and_no_markup() -> None:
    loud = page(draw((DOOR,)), title="<b>Doors</b> & more")
    assert "<h1>&lt;b&gt;Doors&lt;/b&gt; &amp; more</h1>" in loud


def test_rows_are_counted_from_0_and_the_head_of_the_table_says_so() -> None:
    drawing = draw((FORGOT_PASSWORD, USER))
    text = page(drawing)
    assert '<th scope="col">No., from 0</th>' in text
    for machine in drawing.machines:
        first, second, *_ = machine.rows
        assert f'<tr id="{first.id}"><td>0</td>' in text
        assert f'<tr id="{second.id}"><td>1</td>' in text
