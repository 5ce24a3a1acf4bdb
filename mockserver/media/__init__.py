"""Videos that can be looked at: real MP4 files of the length, size and content that a request asked for.

    plan = VideoPlan(seconds=5, shots=(("A fox in snow", 2), ("The fox looks up", 3)), first_frame=png)
    data = Renderer().video(plan)

A plan says what is to be seen, `render` draws and encodes it, a `Renderer` keeps what was rendered.
Nothing here fetches, stores or serves anything. The same plan gives the same bytes.
"""

from mockserver.media.plan import Resolution, Shot, VideoPlan, frame_size
from mockserver.media.renderer import Renderer, render

__all__ = ["Renderer", "Resolution", "Shot", "VideoPlan", "frame_size", "render"]
