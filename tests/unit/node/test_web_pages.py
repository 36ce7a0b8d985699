"""Pages come in the reader's language, under headers that let nothing in from elsewhere."""

import pytest
from aiohttp.test_utils import make_mocked_request

from node.web.pages import HEADERS, is_for_reader, language_of


@pytest.mark.parametrize(
    ("path", "headers", "lang"),
    [
        ("/", {}, "zh"),
        ("/?lang=en", {}, "en"),
        ("/?lang=en", {"Cookie": "lang=zh"}, "en"),
        ("/", {"Cookie": "lang=en"}, "en"),
        ("/", {"Cookie": "lang=xx"}, "zh"),
        ("/?lang=../../x", {"Accept-Language": "en-GB,en;q=0.9"}, "en"),
        ("/", {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}, "en"),
        ("/", {"Accept-Language": "fr,zh-CN;q=0.9,en;q=0.8"}, "zh"),
        ("/", {"Accept-Language": "fr"}, "zh"),
        ("/", {"Accept-Language": ",;q=,,"}, "zh"),
    ],
)
def test_the_language_is_chosen_then_remembered_then_asked_for(
    path: str, headers: dict[str, str], lang: str
) -> None:
    assert language_of(make_mocked_request("GET", path, headers=headers)) == lang


@pytest.mark.parametrize(
    ("path", "accept", "answer"),
    [
        ("/needs/x", "text/html,*/*", True),
        ("/needs/x", "*/*", False),
        ("/api/v1/needs/x", "text/html", False),
        ("/sync/v1/hello", "text/html", False),
    ],
)
def test_only_a_reader_of_pages_gets_problems_as_pages(
    path: str, accept: str, answer: bool
) -> None:
    request = make_mocked_request("GET", path, headers={"Accept": accept})
    assert is_for_reader(request) is answer


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
