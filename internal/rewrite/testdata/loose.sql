CREATE TABLE customers (id integer, name text, email text, city text, code text, boss integer);
CREATE TABLE orders (id integer, customer_id integer, status text, code text, note text, amount numeric, ext integer, big bigint, created_at timestamp with time zone, shipped timestamp without time zone, day date, doc jsonb, parent_id integer, tags text[], weight double precision);
CREATE TABLE "Lines" ("Id" integer, "Order" integer, qty integer, "At" timestamp with time zone);
CREATE VIEW open_orders AS SELECT * FROM orders WHERE status <> 's1';
