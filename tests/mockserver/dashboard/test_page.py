"""The dashboard in a browser."""

from __future__ import annotations

import json

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

IMAGE = "https://images.test/fox.png"
SHOTS = [
    {"prompt": "A fox runs", "duration": 4},
    {"prompt": "It stops", "duration": 3},
    {"prompt": "It jumps", "duration": 3},
]
HOSTILE = "<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script> '${1}' </pre>"


def test_a_task_lives_on_the_page_until_its_video_plays(page):
    page.open()
    page.sees("#no-tasks", "No task yet")
    page.submit({"image": IMAGE, "prompt": "", "multi_prompt": SHOTS, "duration": 10})
    page.sees("#tasks", "queued")
    row = page.one(".task")
    assert [shot.text for shot in page.all(".task .shot")] == ["1\nA fox runs", "2\nIt stops", "3\nIt jumps"]
    row.click()
    page.sees("#task", "Waits in the queue")
    page.button("Next change").click()
    page.sees("#tasks", "running")
    page.sees("#task", "Runs: 0 %")
    page.button("Next change").click()
    page.sees("#tally", "1 succeeded")
    assert page.one("#task video").accessible_name.startswith("Video of task")
    page.until(lambda: page.run("return document.querySelector('video')?.readyState >= 2"))
    assert page.run("const v = document.querySelector('video'); return [v.duration, v.videoWidth, v.videoHeight]") == [
        10,
        1280,
        720,
    ]
    page.run("document.querySelector('video').play()")
    page.until(lambda: page.run("return document.querySelector('video').currentTime > 0"))
    page.all("#task .shots button")[2].click()
    page.until(lambda: page.run("return document.querySelector('video').currentTime >= 7"))
    page.mock.clock.advance(100_000)
    page.sees("#task", "the result has expired")


def test_a_refused_request_tells_rule_source_and_fields(page):
    page.open()
    page.submit({"prompt": "A fox", "end_image": IMAGE, "multi_prompt": SHOTS, "duration": 9})
    page.sees("#exchange", "3 things are wrong")
    told = page.text("#exchange .violations")
    for rule in ("image.required", "end_image-multi_prompt.at_most_one", "multi_prompt[].duration-duration.sum"):
        assert rule in told
    sources = {link.text: link.get_attribute("href") for link in page.all("#exchange .source a")}
    assert "kling-v3.0-std-i2v, line 53" in sources
    assert all(address.startswith("https://novita.ai/docs/") for address in sources.values())
    marked = [line.text for line in page.all("#exchange .line.wrong")]
    assert [line.strip().partition(":")[0].strip('"') for line in marked] == [
        "end_image", "multi_prompt", "duration", "duration", "duration", "duration", "image",
    ]  # fmt: skip
    assert '"image": (missing)' in marked[-1]


def test_texts_of_requests_are_never_markup(page):
    page.open()
    page.submit({"image": IMAGE, "prompt": HOSTILE})
    page.submit({"image": HOSTILE, HOSTILE: HOSTILE})
    page.sees("#requests", "image.encodings")
    page.one(".task").click()
    page.sees("#task", HOSTILE[:20])
    for request in page.all(".request"):
        request.click()
        assert HOSTILE[:10] in page.text("#exchange .json")
    assert page.run("return [window.broken, document.images.length, document.scripts.length]") == [None, 1, 1]


def test_requests_can_be_filtered_and_walked_through_by_keys(page):
    page.open()
    page.submit({"image": IMAGE, "prompt": "One"})
    page.submit({"prompt": "Two"})
    page.submit({"image": IMAGE, "prompt": "Three mock:status=503"})
    page.until(lambda: len(page.all(".request")) == 3)
    assert page.text(".request .chip.fault") == "status"
    page.run("arguments[0].focus()", page.one("#requests"))
    page.press(Keys.HOME)
    page.sees("#exchange", "because of the fault status")
    page.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    page.sees("#exchange .json", '"One"')
    page.button("show its task").click()
    page.sees("#task", "Waits in the queue")
    page.one("input[value=refused]").click()
    assert len(page.all(".request")) == 2


def test_the_clock_and_the_reset_by_their_buttons(page):
    page.open()
    before = page.mock.clock.now()
    page.submit({"image": IMAGE, "prompt": "A fox"})
    page.button("+1 min").click()
    page.until(lambda: page.mock.clock.now() == before + 60)
    page.choose("#speed", "60 ×")
    page.until(lambda: page.mock.clock.speed == 60)
    page.choose("#speed", "stands still")
    page.until(lambda: page.mock.clock.speed == 0)
    page.mock.clock.speed = 7
    page.until(lambda: page.run("return document.querySelector('#speed').value") == "7")
    page.mock.clock.speed = 0
    page.run("arguments[0].focus()", page.one("#reset"))
    page.press(Keys.ENTER)
    page.one("dialog")
    page.press(Keys.ESCAPE)
    assert len(page.all(".task")) == 1
    page.press(Keys.ENTER)
    page.button("Reset", "dialog").click()
    page.sees("#no-requests", "No request yet")
    assert page.mock.journal.count == 0


def test_a_form_breaks_a_rule_and_shows_where(page):
    page.open("try")
    page.choose("#operation", "POST Kling v3.0, image to video")
    page.sees("#try .verdict", "Nothing is wrong")
    page.button("Break the rule multi_prompt[].duration-duration.sum").click()
    page.sees("#try .verdict", "multi_prompt[].duration-duration.sum")
    page.sees("[data-pointer='/multi_prompt/0/duration']", "must equal")
    assert page.one("[data-pointer='/multi_prompt/1/duration'] input").get_attribute("aria-invalid") == "true"
    page.button("Send").click()
    page.sees("#try .side", "2001")
    page.button("Show in the journal").click()
    page.sees("#exchange .violations", "multi_prompt[].duration-duration.sum")


def test_a_form_sends_what_it_shows(page):
    page.open("try")
    page.choose("#operation", "POST Kling v3.0 Standard, image to video")
    page.button("Several shots").click()
    page.button("Add to multi_prompt").click()
    page.one("[data-pointer='/multi_prompt/2/prompt'] textarea").send_keys("A third")
    length = page.one(
        "[data-pointer='/multi_prompt/2/duration'] input, [data-pointer='/multi_prompt/2/duration'] select"
    )
    length.send_keys("4")
    page.sees("#try .verdict", "must equal")
    page.button("Remove multi_prompt 3").click()
    page.sees("#try .verdict", "Nothing is wrong")
    page.choose("[data-pointer='/sound'] select", "true")
    page.run("document.querySelector('[data-pointer=\"/image\"] button:last-of-type').click()")
    page.until(lambda: len(json.loads(page.run("return document.querySelector('#json').value"))["image"]) > 1000)
    page.button("Send").click()
    page.button("Show the task").click()
    page.sees("#task", "Waits in the queue")
    (sent,) = page.mock.journal.submits
    assert (sent.json["sound"], len(sent.json["multi_prompt"])) == (True, 2)
    page.open("try")
    page.choose("#operation", "GET State and result of a task")
    page.button("Send").click()
    page.sees("#try .side", "TASK_STATUS_QUEUED")


def test_faults_are_scripted_counted_and_forgotten(page):
    page.open("faults")
    page.choose("#fault-kind", "refuse")
    page.choose("#fault-option", "insufficient balance")
    page.button("Script it").click()
    page.sees("#fault-count", "1")
    assert page.submit({"image": IMAGE, "prompt": "A fox"}).json()["reason"] == "BILLING_BALANCE_NOT_ENOUGH"
    page.sees("#faults", "No fault is scripted")
    page.choose("#fault-kind", "status")
    page.run("document.querySelector('#fault-option').value = 200")
    page.button("Script it").click()
    page.sees("#said", "200 is not")
    page.run("document.querySelector('#fault-option').value = 503")
    page.one("#fault-probability").clear()
    page.button("Script it").click()
    page.until(lambda: page.mock.faults.scripted)
    assert page.mock.faults.scripted[0].probability == 1
    page.button("Forget all").click()
    page.until(lambda: not page.mock.faults.scripted)
    page.until(lambda: page.run("return document.activeElement.innerText") == "Script it")


def test_the_page_stays_where_it_is_when_it_chooses_an_entry(page):
    page.submit({"prompt": "refused"})
    with httpx.Client(headers={"Authorization": "Bearer a-test-key"}) as http:
        for _ in range(15):
            http.post(
                page.mock.urls["novita"] + "/v3/async/kling-v3.0-std-i2v", json={"image": IMAGE, "prompt": "A fox"}
            )
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 800, "height": 400, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        page.open(view="")  # no fragment, to which a browser would scroll
        page.sees("#exchange", "image")
        assert page.run("return window.scrollY") == 0
        assert page.run("return document.querySelector('#requests').scrollTop") > 0
        page.run("arguments[0].focus()", page.one("#requests"))
        page.press(Keys.END)
        assert page.run("return window.scrollY") > 0
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


CONTRAST = """
const parse = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
const light = (colour) => colour.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
const probe = document.createElement("span");
document.body.append(probe);
const colour = (name) => { probe.style.color = `var(--${name})`; return light(parse(getComputedStyle(probe).color)); };
return arguments[0].map(([front, back]) => {
  const [high, low] = [colour(front), colour(back)].sort((a, b) => b - a);
  return [front, back, (high + 0.05) / (low + 0.05)];
});
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_in_light_and_dark(page, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.open()
    pairs = [
        *((front, back) for front in ("text", "quiet", "accent", "bad", "good") for back in ("card", "raised", "page")),
        *((front, "card") for front in ("queued", "running", "succeeded", "failed", "canceled", "warn")),
        ("bad", "bad-tint"), ("quiet", "bad-tint"), ("text", "tint"), ("quiet", "tint"), ("on-accent", "accent"),
    ]  # fmt: skip
    assert [found for found in page.run(CONTRAST, pairs) if found[2] < 4.5] == []
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_nothing_runs_over_the_edge_of_a_phone(page):
    page.submit({"image": IMAGE, "prompt": "A" * 2_000, "multi_prompt": SHOTS, "duration": 9, "x" * 90: "y" * 900})
    page.submit({"image": IMAGE, "prompt": "A" * 2_000})
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for view in ("activity", "try", "faults", "webhooks"):
            page.open(view)
            if view == "activity":
                page.one(".task").click()
            assert page.run("return document.documentElement.scrollWidth") <= 360
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_document_in_its_viewer(page):
    page.open(path="/_mock/docs?provider=mulerouter", view="")
    page.sees("#viewer", "Kling v3.0 at mulerouter.ai")
    page.one(".opblock-summary-control").click()
    page.sees("#viewer", "Request body")
    asked = page.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [address for address in asked if not address.startswith((page.mock.url, "data:"))] == []


CONTROLS = {
    "button",
    "textbox",
    "combobox",
    "link",
    "listbox",
    "option",
    "tab",
    "radio",
    "spinbutton",
    "region",
    "Video",
}


def test_tabs_by_keys_and_names_for_everything(page):
    page.submit({"image": IMAGE, "prompt": "A fox"})
    page.open()
    page.run("arguments[0].focus()", page.one("#tab-activity"))
    for view in ("try", "faults", "webhooks", "activity"):
        tree = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        shown = [node for node in tree if not node["ignored"] and node["role"]["value"] in CONTROLS]
        assert len(shown) > 10
        nameless = [node for node in shown if not node["name"]["value"]]
        assert nameless == []
        page.press(Keys.ARROW_RIGHT)
        page.until(lambda shown=view: page.run("return document.getElementById(arguments[0]).hidden", shown) is False)
        assert page.driver.switch_to.active_element.get_attribute("id") == f"tab-{view}"
