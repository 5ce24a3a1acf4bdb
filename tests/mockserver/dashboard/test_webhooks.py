"""The view of webhooks in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from mockserver import Clock, MockServer

BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}


@pytest.fixture(scope="module")
def hooked() -> Iterator[MockServer]:
    """A mock that tells tasks' ends to another one, at an address that takes everything."""
    with (
        MockServer("novita") as receiver,
        MockServer("novita", "mulerouter", clock=Clock.manual(), webhook=receiver.url + "/healthz") as mock,
    ):
        yield mock


@pytest.fixture
def page(page, hooked):
    hooked.reset()
    page.mock = hooked
    return page


def test_attempts_are_listed_and_one_is_sent_again_by_keys(page):
    page.open("webhooks")
    page.one("#no-webhooks")
    page.submit(BODY)
    page.mock.clock.advance(1_000)
    page.sees("#deliveries", "/healthz")
    page.sees("#delivery .attempts", "200")
    page.sees("#delivery .json", "ASYNC_TASK_RESULT")
    assert page.text("#webhook-tally") == "1 arrived, 0 did not"
    page.one("#deliveries").send_keys(Keys.END, Keys.TAB, Keys.ENTER)  # the task's link comes first
    page.until(lambda: page.run("return location.hash") == "#activity")
    page.sees("#task", page.mock.journal.submits[0].task)
    page.one("#tab-webhooks").click()
    page.button("Send again", "#delivery").send_keys(Keys.ENTER)
    page.until(lambda: len(page.all("#delivery .attempts tbody tr")) == 2)
    assert [row.text.split()[0] for row in page.all("#delivery .attempts tbody tr")] == ["1", "2"]
    page.until(lambda: page.run("return document.activeElement.dataset.again") == "")


def test_what_did_not_arrive_is_counted_and_what_may_not_be_sent_has_no_button(page):
    from mockserver.webhooks import Notice

    page.open("webhooks")
    page.mock.webhooks.plan(Notice(page.mock.clock.now(), "http://192.0.2.1/<b>x</b>", "novita", "a-task", ""))
    page.sees("#delivery", "only loopback addresses are sent to by default")
    assert page.text("#webhook-count") == "1"
    assert "http://192.0.2.1/<b>x</b>" in page.text("#deliveries")
    assert page.all("#delivery [data-again]") == []
    page.mock.reset()
    page.one("#no-webhooks")
    assert page.one("#tab-webhooks").text == "Webhooks"


def test_names_for_everything_and_nothing_over_the_edge_of_a_phone(page):
    page.submit(BODY)
    page.mock.clock.advance(1_000)
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        page.open("webhooks")
        page.sees("#delivery .json", "ASYNC_TASK_RESULT")
        assert page.run("return document.documentElement.scrollWidth") <= 360
        tree = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        roles = ("button", "listbox", "option", "table", "columnheader", "cell", "region")
        shown = [node for node in tree if not node["ignored"] and node["role"]["value"] in roles]
        assert {node["role"]["value"] for node in shown} >= {"listbox", "option", "columnheader", "button"}
        assert [node for node in shown if not node["name"]["value"] and node["role"]["value"] != "table"] == []
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
