ALTER SYSTEM SET track_counts = off;
