"""Works are found without typing: by kind, letter and order, with a way on from an empty shelf."""

import re

import pytest
from flask.testing import FlaskClient


def titles(text: str) -> list[str]:
    return re.findall(r'card-title">([^<]+)<', text)


def test_every_field_has_a_page_of_all_its_values(client: FlaskClient) -> None:
    for name in ("collection", "subject", "creator", "place", "form", "language"):
        page = client.get(f"/browse/{name}/")
        links = re.findall(rf'href="(/browse/{name}/[^"]+)"', page.text)
        assert links, name
        assert titles(client.get(links[0]).text), name
    assert client.get("/browse/nope/").status_code == 404


def test_lists_stand_in_the_order_asked_for_and_in_no_other(client: FlaskClient) -> None:
    by_title = titles(client.get("/shelf/new?sort=title").text)
    assert by_title == titles(client.get("/browse/language/vi?sort=title").text)
    assert titles(client.get("/shelf/new").text) != by_title
    assert titles(client.get("/shelf/new?sort=nonsense").text) == titles(
        client.get("/shelf/new").text
    )


def test_a_shelf_for_listening_plays_at_once(client: FlaskClient) -> None:
    page = client.get("/shelf/listen").text
    assert 'href="/listen/nghe-nai-va-giot-suong"' in page
    assert "2:08" in page


@pytest.mark.parametrize("address", ["/shelf/children", "/shelf/listen", "/browse/subject/"])
def test_an_empty_shelf_says_where_to_go(empty: FlaskClient, address: str) -> None:
    page = empty.get(address)
    assert page.status_code == 200
    assert 'class="button"' in page.text
