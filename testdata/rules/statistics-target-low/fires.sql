ALTER SYSTEM SET default_statistics_target = 10;
