"""Events in, mail out."""
