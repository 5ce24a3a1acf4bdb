"""A mock of two providers, and a headless Chromium that looks at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from mockserver import Clock, MockServer

PATIENCE = 10
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--mute-audio",
    "--autoplay-policy=no-user-gesture-required", "--window-size=1280,1000",
)  # fmt: skip
STD, MULE = "/v3/async/kling-v3.0-std-i2v", "/vendors/klingai/v1/kling-v3/image-to-video/generation"


_NAMED = """
return [...document.querySelectorAll(`${arguments[1]} button`)]
  .find((one) => one.checkVisibility() && [one.innerText.trim(), one.ariaLabel].includes(arguments[0])) ?? null;
"""


class Dashboard:
    """The page as a person uses it; whatever is looked for is waited for."""

    def __init__(self, driver: webdriver.Chrome, mock: MockServer) -> None:
        self.driver, self.mock = driver, mock

    def open(self, view: str = "activity", path: str = "/_mock/") -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{self.mock.url}{path}#{view}")
        if path == "/_mock/":
            self.until(lambda: self.text("#connection") == "live")

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.until(lambda: next((found for found in self.all(selector) if found.is_displayed()), None))

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)).strip()

    def until(self, true: Any) -> Any:
        return WebDriverWait(self.driver, PATIENCE, 0.05).until(lambda _: true())

    def sees(self, selector: str, text: str) -> None:
        self.until(lambda: text in self.text(selector))

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def button(self, name: str, within: str = "body") -> WebElement:
        def named() -> WebElement | None:
            found: WebElement | None = self.run(_NAMED, name, within)
            return found

        found: WebElement = self.until(named)
        return found

    def choose(self, selector: str, text: str) -> None:
        Select(self.one(selector)).select_by_visible_text(text)

    def press(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def submit(self, body: Any, path: str = STD, provider: str = "novita") -> httpx.Response:
        signed = {"Authorization": "Bearer a-test-key"}
        return httpx.post(self.mock.urls[provider] + path, json=body, headers=signed, timeout=PATIENCE)

    def complaints(self) -> list[str]:
        """Return what the browser's console says, refused requests aside."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]
        return [line for line in said if "server responded with a status" not in line]


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    chromium, steered = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or steered is None:
        pytest.skip("there is no chromium with its chromedriver (Debian: chromium and chromium-driver)")
    options = Options()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(steered))
    yield started
    started.quit()


@pytest.fixture(scope="session")
def served() -> Iterator[MockServer]:
    with MockServer("novita", "mulerouter", clock=Clock.manual()) as mock:
        yield mock


@pytest.fixture
def page(driver: webdriver.Chrome, served: MockServer) -> Iterator[Dashboard]:
    """A page that has complained of nothing when the test is over."""
    served.reset()
    served.clock.speed = 0
    dashboard = Dashboard(driver, served)
    dashboard.complaints()
    yield dashboard
    assert dashboard.complaints() == []
    driver.get("about:blank")
