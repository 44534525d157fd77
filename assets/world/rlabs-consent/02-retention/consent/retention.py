"""How long a withdrawn consent is kept."""

from datetime import timedelta

KEPT = timedelta(days=400)


def expired(grant, now):
    return not grant.granted and now - grant.at > KEPT
