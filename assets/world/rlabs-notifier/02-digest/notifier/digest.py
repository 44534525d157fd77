"""Gathers a day's events into one mail a person."""

TEMPLATE = "digest.txt.j2"


def digest(events):
    people = {}
    for event in events:
        people.setdefault(event["user"]["email"], []).append(event["summary"])
    return people
