"""The HTML report in a real browser: no error, no request, axe finds nothing, both themes, every width, on paper, and
copy buttons that copy. Screenshots are made here; those in the docs are these: SIMULATE_SCREENSHOTS=docs/screenshots.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright

from simulator.report import notebook, page
from tests.browser import chromium
from tests.page.test_page import diagnosis
from tests.report import reports

PAGES = {
    **{name: (lambda make=make: page.render(make(), following="wrong-host")) for name, make in reports.ALL.items()},
    "all": lambda: page.render_all([make() for make in reports.ALL.values()], failures=[("odd", "names", "no port")]),
    "diagnosis": lambda: page.render_diagnosis(diagnosis()),
    "diagnosis-hostile": lambda: page.render_diagnosis(diagnosis(reports.HOSTILE)),
}
WIDTHS = (320, 768, 1280, 3840)
THEMES = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium.launched(playwright, tmp_path_factory.mktemp("home")) as started:
        yield started


class Opened:
    """A page as a file in the browser, and what it did that it should not."""

    def __init__(self, browser: Browser, path: Path, *, theme: str, width: int) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.blocked: list[str] = []
        self._context = browser.new_context(
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 900},
            service_workers="block",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.page = self._context.new_page()
        self.page.on("requestfailed", lambda request: self.blocked.append(f"{request.url}: {request.failure}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.url = path.as_uri()
        self.page.goto(self.url)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()


def written(folder: Path, name: str) -> Path:
    path = folder / f"{name}.html"
    path.write_text(PAGES[name](), encoding="utf-8")
    return path


def keep(shown: Page, tmp_path: Path, name: str) -> None:
    """A screenshot, where the docs want it or where the test run keeps its files."""
    folder = Path(os.environ.get("SIMULATE_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    shown.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wrong_with_a_page(name: str, browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, name)
    with Opened(browser, path, theme="light", width=1280) as opened:
        opened.page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert violations(opened.page, {"runOnly": RULES}) == []
        opened.page.emulate_media(color_scheme="dark")
        assert violations(opened.page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}) == []
        assert opened.errors == []
        assert opened.requests == [opened.url]


def violations(shown: Page, options: dict[str, object]) -> list[tuple[str, list[str]]]:
    """What axe-core finds: the rule, and the elements."""
    found = Axe().run(shown, options=options).response
    assert found["passes"], "axe looked at nothing"
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]


@pytest.mark.parametrize("name", PAGES)
def test_every_width_has_room(name: str, browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, name), theme="light", width=WIDTHS[0]) as opened:
        opened.page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        for width in WIDTHS:
            opened.page.set_viewport_size({"width": width, "height": 900})
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, width
            inside = opened.page.evaluate(
                "[...document.querySelectorAll('.chain text')].every(text =>"
                " text.getBoundingClientRect().right <= text.ownerSVGElement.getBoundingClientRect().right)"
            )
            assert inside, width


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 320)])
def test_a_picture_for_the_docs(theme: str, width: int, browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, "missing-san"), theme=theme, width=width) as opened:
        keep(opened.page, tmp_path, f"report-{theme}-{width}")
        assert opened.page.get_by_role("img", name="The chain of certificates").is_visible()


def test_a_theme_is_the_readers(browser: Browser, tmp_path: Path) -> None:
    colours = {}
    for theme in THEMES:
        with Opened(browser, written(tmp_path, "missing-san"), theme=theme, width=1280) as opened:
            colours[theme] = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}


def test_copy_buttons_copy_and_say_so(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, "missing-san"), theme="light", width=1280) as opened:
        buttons = opened.page.get_by_role("button")
        names = [buttons.nth(n).get_attribute("aria-label") or "" for n in range(buttons.count())]
        assert len(names) == opened.page.locator(".command").count() > 3
        place = next(n for n, name in enumerate(names) if "--serve" in name)
        buttons.nth(place).click()
        opened.page.get_by_role("status").get_by_text("Copied to the clipboard").wait_for(timeout=5000)
        assert opened.page.evaluate("navigator.clipboard.readText()") == "simulate missing-san --serve"
        assert buttons.nth(place).inner_text() == "Copied"
        command = next(n for n, name in enumerate(names) if "openssl req" in name)
        buttons.nth(command).press("Enter")
        opened.page.wait_for_function("navigator.clipboard.readText().then(text => text.startsWith('openssl req'))")
        assert "\n" in opened.page.evaluate("navigator.clipboard.readText()")
        assert opened.errors == []


def test_everything_can_be_reached_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, "missing-san"), theme="light", width=1280) as opened:
        wanted = opened.page.locator("a, button, summary, [tabindex='0']").count()
        seen = []
        for _ in range(wanted):
            opened.page.keyboard.press("Tab")
            seen.append(
                opened.page.evaluate(
                    "(() => { const e = document.activeElement, s = getComputedStyle(e);"
                    " return [e.tagName, s.outlineStyle !== 'none']; })()"
                )
            )
        assert seen[0] == ["A", True]
        assert all(outlined for _, outlined in seen)
        assert {"BUTTON", "SUMMARY"} <= {tag for tag, _ in seen}


@pytest.mark.parametrize("name", ["missing-san", "self-signed", "verification-disabled"])
def test_on_paper_it_is_three_pages_at_most_with_room_for_notes(name: str, browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, name), theme="dark", width=1280) as opened:
        pdf = opened.page.pdf(format="A4", print_background=True, prefer_css_page_size=True)
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) <= 3
        opened.page.emulate_media(media="print")
        opened.page.set_viewport_size({"width": 680, "height": 960})
        assert opened.page.get_by_text("For your notes").is_visible()
        assert not opened.page.locator("button").first.is_visible()
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        if name == "missing-san":
            keep(opened.page, tmp_path, "report-print")


def test_without_script_a_page_is_whole(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(written(tmp_path, "missing-san").as_uri())
    assert shown.get_by_text("simulate missing-san --serve").is_visible()
    assert shown.locator("button").count() == 0
    context.close()


def test_an_attackers_script_does_not_run_even_if_it_got_in(browser: Browser, tmp_path: Path) -> None:
    """The policy is the second wall: a page with markup let in by hand runs nothing and loads nothing."""
    html = PAGES["missing-san"]()
    evil = "<script>document.title='owned'</script><img src='https://evil.test/x' onerror=\"document.title='owned'\">"
    path = tmp_path / "evil.html"
    path.write_text(html.replace("</main>", evil + "</main>"), encoding="utf-8")
    with Opened(browser, path, theme="light", width=1280) as opened:
        assert opened.page.title() == "missing-san · The certificate names nobody"
        assert opened.blocked == ["https://evil.test/x: csp"]
        assert len(opened.errors) >= 2


def test_in_a_notebooks_frame_it_shows_and_copies(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    shown = notebook.shown(reports.missing_san())._repr_html_()
    path.write_text(f"<!doctype html><title>Notebook</title>{shown}", encoding="utf-8")
    with Opened(browser, path, theme="light", width=1280) as opened:
        frame = opened.page.frame_locator("iframe")
        assert frame.get_by_role("heading", level=1).inner_text() == "missing-san · The certificate names nobody"
        button = frame.get_by_role("button", name="Copy the command: simulate missing-san --serve")
        button.click()
        button.filter(has_text=re.compile("Copied|Selected")).wait_for(timeout=5000)
