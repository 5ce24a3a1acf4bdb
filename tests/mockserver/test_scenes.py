from __future__ import annotations

import specs
from mockserver.scenes import Scene

LISTED = [{"prompt": "One", "duration": 2}, {"prompt": "Two", "duration": 3}]


def scene(provider, operation):
    found = specs.load(provider).operation(operation)
    return Scene(found, found.task)


def test_a_list_of_shots_counts_only_where_the_prompt_is_ignored():
    mulerouter = scene("mulerouter", "kling_v3_i2v")
    body = {"prompt": "All", "multi_prompt": LISTED}
    for more in ({}, {"multi_shot": False}, {"multi_shot": True, "shot_type": "intelligence"}):
        assert mulerouter.shots({**body, **more}, 5) == (("All", 5),)
    customized = {"multi_shot": True, "shot_type": "customize"}
    assert mulerouter.shots({**body, **customized}, 5) == (("One", 2), ("Two", 3))


def test_a_list_of_shots_counts_whenever_it_is_given_where_no_rule_says_otherwise():
    novita = scene("novita", "kling_v3_0_std_i2v")
    assert novita.shots({"prompt": "All", "multi_prompt": LISTED}, 5) == (("One", 2), ("Two", 3))
    assert novita.shots({"prompt": "All"}, 5) == (("All", 5),)


def test_magic_words_are_looked_for_in_every_prompt():
    for provider, operation in (("novita", "kling_v3_0_std_i2v"), ("mulerouter", "kling_v3_i2v")):
        texts = scene(provider, operation).texts({"prompt": "All", "negative_prompt": "No", "multi_prompt": LISTED})
        assert sorted(texts.split("\n")) == ["All", "No", "One", "Two"]
