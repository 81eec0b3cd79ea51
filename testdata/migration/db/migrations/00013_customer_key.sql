-- +goose Up
ALTER TABLE orders
    ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX orders_placed_at ON orders (placed_at);

-- +goose Down
DROP INDEX orders_placed_at;
ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey;
