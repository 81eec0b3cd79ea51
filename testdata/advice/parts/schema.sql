CREATE TABLE readings (day date NOT NULL, device int NOT NULL, kind text NOT NULL, value float8) PARTITION BY RANGE (day);
DO $$BEGIN FOR i IN 0..19 LOOP EXECUTE format('CREATE TABLE readings_%s PARTITION OF readings FOR VALUES FROM (%L) TO (%L)', i, '2024-01-01'::date+i*14, '2024-01-01'::date+i*14+14); END LOOP; END$$;
