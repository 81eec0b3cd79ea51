ALTER SYSTEM SET autovacuum = off;
