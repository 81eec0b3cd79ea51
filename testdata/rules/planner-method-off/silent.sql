ALTER SYSTEM SET enable_partitionwise_join = off;
