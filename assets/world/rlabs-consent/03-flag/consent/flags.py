"""The feature flags this service reads, from one JSON file that all services share."""

import json

KEYS = ("m3_team_org_tier",)


def state(path, key):
    """The flag's state. A key that can't be read raises: no value isn't off."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)[key]["state"]
