\set p random(5000000, 5800000)
SELECT kind, happened_at FROM parcel_events WHERE parcel_id = :p ORDER BY happened_at;
