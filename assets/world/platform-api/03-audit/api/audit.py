"""Who did what."""


def record(database, actor, action, now):
    database.execute("INSERT INTO audit VALUES (%s, %s, %s)", (now, actor.id, action))
