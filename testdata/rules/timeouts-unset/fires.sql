ALTER SYSTEM SET lock_timeout = 0;
