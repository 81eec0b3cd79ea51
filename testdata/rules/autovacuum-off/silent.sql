ALTER SYSTEM SET autovacuum_vacuum_scale_factor = 0.5;
