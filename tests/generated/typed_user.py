"""A program of a user: strict type checkers find what its comments name and nothing else (test_types, `make lint`)."""

from __future__ import annotations

from novita_kling import Client, VideoResult
from novita_kling.models import Shot

with Client() as client:
    result: VideoResult = client.kling_v3_0_pro_i2v.run(
        image=b"...", multi_prompt=[Shot(prompt="a", duration=3), {"prompt": "b"}], duration=8, timeout=None
    )
    client.kling_v3_0_pro_i2v.submit(prompt="a boat")  # pyright: ignore[reportCallIssue]  # E: image
    client.kling_v3_0_pro_i2v.submit(image="x", duration="5")  # pyright: ignore[reportArgumentType]  # E: duration
    client.kling_v3_0_pro_i2v.submit(image="x", colour="red")  # pyright: ignore[reportCallIssue]  # E: colour
    client.kling_v3_0_pro_i2v.submit(None)  # pyright: ignore[reportCallIssue]  # E: positional
    status: int = client.task_result(task_id="t")  # pyright: ignore[reportAssignmentType]  # E: TaskResultAnswer
