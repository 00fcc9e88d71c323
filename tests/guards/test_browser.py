"""The browser tests get: it sees Chinese, faults and barriers."""

import pytest

from tests.browser import PHONE, assert_accessible, assert_fits, open_page

GOOD = """<!doctype html><html lang="zh-CN"><title>周报</title><main><h1>控辍保学</h1>
<label>学校 <input name="school"></label></main></html>"""


def _serve(page, html, **headers):
    page.route(
        "http://pages.test/",
        lambda route: route.fulfill(body=html, content_type="text/html", headers=headers),
    )
    page.goto("http://pages.test/")


def test_a_phone_and_a_desktop_show_the_page_at_their_size(phone, desktop):
    for page, width in ((phone, 390), (desktop, 1440)):
        _serve(page, GOOD.replace("<main>", '<meta name="viewport" content="width=device-width"><main>'))
        assert page.evaluate("innerWidth") == width
        assert page.evaluate("new Date(0).getHours()") == 8
        assert_fits(page)


def test_chinese_is_drawn_with_a_font_that_has_it(desktop):
    _serve(desktop, GOOD)
    drawn = """text => { const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
        pen.font = "40px sans-serif"; pen.fillText(text, 0, 60); return canvas.toDataURL() }"""
    assert desktop.evaluate(drawn, "辍") != desktop.evaluate(drawn, "\U0010fffd")
    assert desktop.evaluate(drawn, "辍") != desktop.evaluate(drawn, "返")


def test_axe_sees_a_barrier_even_under_a_strict_content_policy(desktop):
    _serve(desktop, GOOD, **{"Content-Security-Policy": "default-src 'self'; script-src 'self'"})
    assert_accessible(desktop)
    _serve(
        desktop,
        GOOD.replace("学校 ", ""),
        **{"Content-Security-Policy": "default-src 'self'; script-src 'self'"},
    )
    with pytest.raises(AssertionError, match=r'label.*\n.*<input name="school">'):
        assert_accessible(desktop)


@pytest.mark.parametrize(
    ("html", "headers", "fault"),
    [
        ("<script>missing()</script>", {}, "missing is not defined"),
        ("<script>1</script>", {"Content-Security-Policy": "script-src 'self'"}, "Content Security Policy"),
    ],
)
def test_a_page_with_a_fault_of_its_own_fails(browser, html, headers, fault):
    with pytest.raises(AssertionError, match=fault), open_page(browser, PHONE) as page:
        _serve(page, html, **headers)
