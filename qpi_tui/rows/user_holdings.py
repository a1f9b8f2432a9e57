"""The records that belong to a user, as numbers, and the effect of deleting the user."""

from __future__ import annotations

from qpi_tui.rows.base import Row


class UserHoldings(Row, frozen=True, kw_only=True):
    """How many records refer to a user."""

    jobs: int = 0
    pending_jobs: int = 0
    time_slots: int = 0
    time_requests: int = 0
    tokens: int = 0
    announcements: int = 0

    @property
    def going(self) -> str:
        """Return what is deleted with the user: `2 slots, 1 token`; empty if nothing is."""
        counts = ((self.time_slots, "slot"), (self.time_requests, "request"), (self.tokens, "API token"))
        said = [_count(number, noun) for number, noun in counts if number]
        if self.announcements:
            said.append(f"{_count(self.announcements, 'announcement')} for this user")
        return ", ".join(said)

    @property
    def sentence(self) -> str:
        """Return the effect on all of them."""
        said = [f"Deletes {self.going} too." if self.going else "No slot, request or API token is deleted with it."]
        if self.jobs:
            said.append(f"{_count(self.jobs, 'job')} stay{'s' * (self.jobs == 1)}, without a user.")
        if self.pending_jobs:
            said.append(
                f"{_count(self.pending_jobs, 'pending job')} {'is' if self.pending_jobs == 1 else 'are'} cancelled."
            )
        return " ".join(said)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
