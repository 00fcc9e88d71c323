"""Real pages in Debian's headless Chromium: a phone in a village, a desktop in an office.

    with open_page(browser, PHONE) as page:       # or the fixtures `phone` and `desktop`
        page.goto(url)
        assert_accessible(page)

A page that throws in its script, or breaks its own content security policy, fails its test.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, ViewportSize, sync_playwright

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}

_CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_BREACHES = """async () => {
    const seen = await axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]});
    const where = breach => breach.nodes.map(node => "    " + node.html).join("\\n");
    return seen.violations.map(breach => `${breach.id}: ${breach.help}\\n${where(breach)}`);
}"""
_AXE = Path(__file__).parent / "vendor" / "axe.min.js"


class ChromiumMissing(RuntimeError):
    """No Chromium on this machine."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser; each page opened in it has its own cookies and storage."""
    if not _CHROMIUM.exists():
        raise ChromiumMissing(
            "缺少 Chromium：请运行 ./run test，或以 root 运行 apt-get install chromium fonts-noto-cjk"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, size: ViewportSize, base_url: str | None = None) -> Iterator[Page]:
    """A page in a context of its own, in Chinese and on Shanghai's clock; touch when it is a phone."""
    phone = size["width"] < 600
    context = browser.new_context(
        viewport=size,
        base_url=base_url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        is_mobile=phone,
        has_touch=phone,
    )
    context.set_default_timeout(10_000)
    faults: list[str] = []

    def threw(error: Error) -> None:
        faults.append(str(error))

    def printed(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    page = context.new_page()
    page.on("pageerror", threw)
    page.on("console", printed)
    try:
        yield page
    finally:
        context.close()
    if faults:
        raise AssertionError("the page's own faults:\n" + "\n".join(faults))


def assert_accessible(page: Page) -> None:
    """No breach of WCAG 2.1 A and AA that axe-core can see; each is named with the elements it is on."""
    page.evaluate(_axe())
    breaches = page.evaluate(_BREACHES)
    if breaches:
        raise AssertionError(f"{page.url} is not accessible:\n" + "\n".join(breaches))


def assert_fits(page: Page) -> None:
    """Nothing makes the page itself scroll sideways (a wide table scrolls in its own frame)."""
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if beyond > 0:
        raise AssertionError(f"{page.url} is {beyond} px wider than the screen")


@cache
def _axe() -> str:
    return _AXE.read_text(encoding="utf-8") + "; undefined"
