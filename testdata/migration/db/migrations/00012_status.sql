-- +goose Up
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN status text NOT NULL DEFAULT 'open';

-- +goose Down
ALTER TABLE orders DROP COLUMN status;
