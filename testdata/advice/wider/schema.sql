-- An index that is the beginning of what the statements need, and one that the table is clustered on.
CREATE TABLE entries (id bigint PRIMARY KEY, account_id int NOT NULL, happened timestamptz NOT NULL, kind text NOT NULL, amount numeric(10,2) NOT NULL);
CREATE INDEX entries_account_id_idx ON entries (account_id);
CREATE UNIQUE INDEX entries_kind_once ON entries (kind, id);
CREATE TABLE notes (id bigint PRIMARY KEY, account_id int NOT NULL, written timestamptz NOT NULL, body text);
CREATE INDEX notes_account_id_idx ON notes (account_id);
ALTER TABLE notes CLUSTER ON notes_account_id_idx;
