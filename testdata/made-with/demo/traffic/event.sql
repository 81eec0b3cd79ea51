\set p random(5000000, 5800000)
INSERT INTO parcel_events (parcel_id, kind) VALUES (:p, 'arrived');
