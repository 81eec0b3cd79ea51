-- shared_buffers = 1100MB, which takes a restart. 4 GB is what somebody set.
ALTER SYSTEM SET effective_cache_size = '4GB';
