-- up
CREATE TABLE users (
    id    text PRIMARY KEY,
    name  text NOT NULL,
    email text NOT NULL UNIQUE
);

-- down
DROP TABLE users;
