"""The pages in a real browser: with and without JavaScript, by keys, on a phone, for every eye."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Cookie, Locator, Page, expect, sync_playwright

from consumption.store.sql import Store
from tests.serving.pages.served import STORE_VARIABLE
from tests.serving.pages.week import midnight, publication

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ROOT = Path(__file__).parents[3]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"there is no Chromium at {CHROMIUM} (apt install chromium)"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service listens."""
    url = f"sqlite:///{tmp_path_factory.mktemp('pages') / 'consumption.db'}"
    store = Store.open(url)
    store.publish(publication(midnight(datetime.now(UTC).date())))
    store.close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "tests.serving.pages.served:app"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--workers-kill-timeout", "5"],
        cwd=ROOT,
        env=os.environ | {STORE_VARIABLE: url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the service did not start")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


Open = Callable[..., Page]


@pytest.fixture(scope="module")
def sessions() -> dict[str, list[Cookie]]:
    """Who was looked as before need not be again."""
    return {}


def _looked_as(page: Page, address: str, who: str) -> list[Cookie]:
    """The session that the first page gives."""
    page.goto(f"{address}/")
    page.get_by_role("button", name=f"Look as {who}").click()
    page.wait_for_url("**/today")
    return page.context.cookies()


@pytest.fixture
def look(browser: Browser, address: str, sessions: dict[str, list[Cookie]]) -> Iterator[Open]:
    """Opens a page as somebody, by Look as; what the browser complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def opened(path: str = "/today", who: str = "Ada", **how: Any) -> Page:
        context = browser.new_context(**({"viewport": DESK} | how))
        contexts.append(context)
        context.set_default_timeout(5000)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if who not in sessions:
            sessions[who] = _looked_as(page, address, who)
        context.add_cookies(sessions[who])  # type: ignore[arg-type] # as a browser gave them
        page.goto(f"{address}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def card(page: Page, account: str) -> Locator:
    """The card of an account."""
    return page.locator("article.card", has_text=account)


@pytest.mark.parametrize(("javascript", "account"), [(True, "Harbour Logistics"), (False, "Nordlicht Energie")])
def test_start_shows_the_steps_in_the_card(look: Open, javascript: bool, account: str) -> None:
    """With JavaScript the card is replaced where it stands; without it the page comes back to the card."""
    page = look(java_script_enabled=javascript)
    card(page, account).get_by_role("button", name="Start").click()
    expect(card(page, account).get_by_text("Started.")).to_be_visible()
    expect(card(page, account).get_by_text("What the customer does").locator("visible=true")).to_be_visible()
    expect(card(page, account).get_by_role("button", name="Done")).to_be_visible()
    assert page.url.endswith("/today") == javascript


@pytest.mark.parametrize(("javascript", "account"), [(True, "acc-009"), (False, "acc-011")])
def test_what_one_did_by_oneself_is_told_on_the_account_s_page(look: Open, javascript: bool, account: str) -> None:
    """A quiet line under what is recommended; then it stands first among what happened."""
    page = look(f"/accounts/{account}", java_script_enabled=javascript)
    page.get_by_text("I did something here").click()
    page.get_by_label("What did you do?").select_option("Repair the bill")
    page.get_by_role("button", name="Add it to what happened").click()
    page.wait_for_url(f"**/accounts/{account}#timeline")
    first = page.locator(".timeline li").first
    expect(first).to_contain_text("Own choice. Repair the bill, by Ada")


@pytest.mark.parametrize(("javascript", "account"), [(True, "Brightwater Clinics"), (False, "Atelier Fontaine")])
def test_not_right_takes_a_reason(look: Open, javascript: bool, account: str) -> None:
    """A reason must be chosen; then the card says what was said."""
    page = look(java_script_enabled=javascript)
    wrong = card(page, account)
    wrong.get_by_text("Not right", exact=True).click()
    wrong.get_by_label("Wrong time").check()
    wrong.get_by_role("button", name="Take it off the list").click()
    expect(card(page, account).get_by_text("Not right: wrong time.")).to_be_visible()
    if javascript:
        expect(page.get_by_role("status")).to_contain_text("Not right: wrong time.")


def test_more_opens_the_rest_of_the_card(look: Open) -> None:
    """Money and dates in words, the other reasons, the steps; closed until one taps."""
    found = card(look(), "Kestrel Aviation Services")
    expect(found.get_by_text("€1.2 M a year")).to_be_hidden()
    found.get_by_text("More", exact=True).click()
    expect(found.get_by_text("€1.2 M a year")).to_be_visible()


def test_the_list_can_be_worked_by_keys(look: Open) -> None:
    """J and k walk, x asks what is not right, s starts; the place in the list is kept."""
    page = look()
    here = page.locator("article.card:focus")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = here.get_attribute("id")
    page.keyboard.press("k")
    assert here.get_attribute("id") != second
    while "Pinecrest" not in here.inner_text():
        page.keyboard.press("j")
    page.keyboard.press("x")
    expect(card(page, "Pinecrest").get_by_label("Wrong time")).to_be_visible()
    page.keyboard.press("x")
    expect(card(page, "Pinecrest").get_by_label("Wrong time")).to_be_hidden()
    page.keyboard.press("s")
    expect(here.get_by_text("Started.")).to_be_visible()
    assert "Pinecrest" in here.inner_text()


def test_letters_in_a_field_are_letters(look: Open) -> None:
    """Nobody starts a card by looking for a name with an s in it."""
    page = look()
    page.get_by_label("Find an account").fill("")
    page.get_by_label("Find an account").press_sequentially("vela sjkx")
    assert page.get_by_label("Find an account").input_value() == "vela sjkx"


def test_everything_else_says_why_it_can_wait(look: Open) -> None:
    """A tap shows the other accounts; each leads to its page."""
    page = look()
    page.get_by_text("Everything else can wait").click()
    page.get_by_role("link", name="Quayside Insurance").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quayside Insurance")


PAGES = ("/today", "/today?find=re", "/accounts/acc-001", "/accounts/acc-009")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_cut_on_a_phone(look: Open, path: str) -> None:
    """No page scrolls sideways at 390 px, even with everything open; targets are large enough for a thumb."""
    page = look(path, viewport=PHONE, has_touch=True)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.removeAttribute('name'); d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    low = "els => els.filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).map(e => e.textContent)"
    assert page.eval_on_selector_all("button, summary, select, input:not([type=hidden]):not([type=radio])", low) == []


def test_the_first_screen_of_an_account_on_a_phone_is_the_brief(look: Open) -> None:
    """What to know before a call fits without scrolling."""
    box = look("/accounts/acc-001", viewport=PHONE).locator(".brief").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"]


NAMELESS = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select, textarea')]
  .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)"""


@pytest.mark.parametrize("path", PAGES)
def test_every_control_has_a_name(look: Open, path: str) -> None:
    """And ids and headings are in order: one first heading, none twice."""
    page = look(path)
    assert page.evaluate(NAMELESS) == []
    ids: list[str] = page.eval_on_selector_all("[id]", "els => els.map(e => e.id)")
    assert len(ids) == len(set(ids))
    levels: list[int] = page.eval_on_selector_all("h1, h2, h3", "els => els.map(e => +e.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1


def test_names_of_controls_begin_with_what_is_written_on_them(look: Open) -> None:
    """Who speaks to the page says what they see."""
    labels: list[list[str]] = look().eval_on_selector_all(
        "button[aria-label], summary[aria-label]", "els => els.map(e => [e.textContent.trim(), e.ariaLabel])"
    )
    assert labels
    assert all(re.match(re.escape(seen), name) for seen, name in labels)


CONTRAST = """() => {
  const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c } return [255, 255, 255, 1] };
  const seen = new Map();
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.offsetParent) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) seen.set(e.className + ' ' + e.tagName, [e.textContent.trim().slice(0, 40), ratio]);
  }
  return [...seen.values()];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(look: Open, scheme: str) -> None:
    """At least 4.5 to 1 in both themes (WCAG AA), with everything open."""
    for path in ("/today", "/accounts/acc-001"):
        page = look(path, color_scheme=scheme)
        page.evaluate(
            "document.querySelectorAll('details').forEach(d => { d.removeAttribute('name'); d.open = true })"
        )
        assert page.evaluate(CONTRAST) == []
