CREATE TABLE customers (id integer NOT NULL, name text NOT NULL, email text NOT NULL, city text NOT NULL, code text NOT NULL, boss integer NOT NULL, PRIMARY KEY (id), UNIQUE (email));
CREATE TABLE orders (id integer NOT NULL, customer_id integer NOT NULL, status text NOT NULL, code text NOT NULL, note text NOT NULL, amount numeric NOT NULL, ext integer NOT NULL, big bigint NOT NULL, created_at timestamp with time zone NOT NULL, shipped timestamp without time zone NOT NULL, day date NOT NULL, doc jsonb NOT NULL, parent_id integer NOT NULL, PRIMARY KEY (id));
CREATE TABLE "Lines" ("Id" integer NOT NULL, "Order" integer NOT NULL, qty integer NOT NULL, "At" timestamp with time zone NOT NULL, PRIMARY KEY ("Id"));
CREATE VIEW open_orders AS SELECT * FROM orders WHERE status <> 's1';
