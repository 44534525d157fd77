-- up
CREATE TABLE audit (
    at     timestamptz NOT NULL,
    actor  text NOT NULL REFERENCES users (id),
    action text NOT NULL
);
CREATE INDEX audit_by_actor ON audit (actor, at);

-- down
DROP TABLE audit;
