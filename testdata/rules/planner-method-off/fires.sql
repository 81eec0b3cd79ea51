ALTER SYSTEM SET enable_nestloop = off;
