"""What the worker processes of one mock have in common: clock, faults, journal and webhooks, in a folder of their own.

Only a mock with several workers uses it, so that whichever of them answers below `/_mock/` says the same. Clock and
faults are files that are replaced whole: a worker that finds nothing new there by a look at the file's time goes on
with what it knows.
"""

from mockserver.shared.board import Board, Lines
from mockserver.shared.clock import SharedClock
from mockserver.shared.faults import SharedFaults
from mockserver.shared.journal import SharedJournal
from mockserver.shared.webhooks import SharedWebhooks

__all__ = ["Board", "Lines", "SharedClock", "SharedFaults", "SharedJournal", "SharedWebhooks"]
