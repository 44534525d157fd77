-- up
CREATE TABLE teams (
    id    text PRIMARY KEY,
    name  text NOT NULL,
    plan  text NOT NULL CHECK (plan IN ('team', 'organisation')),
    seats integer NOT NULL CHECK (seats > 0),
    owner text NOT NULL REFERENCES users (id)
);
CREATE TABLE team_members (
    team   text NOT NULL REFERENCES teams (id),
    member text NOT NULL REFERENCES users (id),
    PRIMARY KEY (team, member)
);

-- down
DROP TABLE team_members;
DROP TABLE teams;
