ALTER SYSTEM SET full_page_writes = off;
