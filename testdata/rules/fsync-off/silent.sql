ALTER SYSTEM SET synchronous_commit = off;
