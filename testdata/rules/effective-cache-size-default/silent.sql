-- shared_buffers = 16MB
ALTER SYSTEM RESET effective_cache_size;
