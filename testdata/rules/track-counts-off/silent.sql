ALTER SYSTEM SET track_io_timing = off;
