"""The dashboard at `/_mock/`: pages that are served from here and the few answers that only they need."""

from __future__ import annotations

from mockserver.dashboard.routes import answered

__all__ = ["answered"]
