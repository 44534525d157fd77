"""The HTTP face of the consent store."""

from consent.scopes import SCOPES
from consent.store import Store

store = Store()


def consents(person):
    """GET /consents/{person}"""
    found = {}
    for scope in SCOPES:
        grant = store.latest(person, scope)
        found[scope] = bool(grant and grant.granted)
    return found
