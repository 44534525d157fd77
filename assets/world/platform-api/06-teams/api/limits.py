"""How long a caller may keep the hub busy with one question, retries included."""

DEADLINE = "10s"
