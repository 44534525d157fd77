"""Who is in a team. Whether somebody joined, and until when an invitation stands, is told here.

invitation-duties owns: deadline
invitation-duties owns: status
"""


class NoSeatLeft(Exception):
    """The team has as many members as it pays for."""


def join(database, team, member):
    with database.transaction():
        if database.count_members(team.id, lock=True) >= team.seats:
            raise NoSeatLeft(team.id)
        database.execute("INSERT INTO team_members VALUES (%s, %s)", (team.id, member.id))
