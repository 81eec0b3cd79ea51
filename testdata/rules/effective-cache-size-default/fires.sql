-- shared_buffers = 1100MB, which takes a restart.
ALTER SYSTEM RESET effective_cache_size;
