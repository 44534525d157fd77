"""The append-only table of grants and withdrawals."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Grant:
    person: str
    scope: str
    granted: bool
    source: str
    at: datetime


class Store:
    def __init__(self):
        self._grants = []

    def add(self, grant):
        self._grants.append(grant)

    def latest(self, person, scope):
        for grant in reversed(self._grants):
            if grant.person == person and grant.scope == scope:
                return grant
        return None
