\set c random(1, 300000)
SELECT id, locker_id, arrived_at, picked_up_at FROM parcels WHERE customer_id = :c ORDER BY arrived_at DESC LIMIT 20;
