-- A shop whose indexes are right: every statement finds what it asks for.
CREATE TABLE members (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, joined timestamptz NOT NULL, city int NOT NULL);
CREATE TABLE visits (id bigint PRIMARY KEY, member_id bigint NOT NULL REFERENCES members, at timestamptz NOT NULL, page int NOT NULL, ms int NOT NULL);
CREATE TABLE carts (id bigint PRIMARY KEY, member_id bigint NOT NULL REFERENCES members, open boolean NOT NULL, total numeric(10,2) NOT NULL, changed timestamptz NOT NULL);
CREATE SEQUENCE visit_seq START 10000001;
CREATE INDEX visits_member_at_idx ON visits (member_id, at);
CREATE INDEX visits_at_idx ON visits (at);
CREATE INDEX carts_member_idx ON carts (member_id);
CREATE INDEX carts_open_idx ON carts (changed) WHERE open;
