ALTER SYSTEM SET wal_compression = off;
