\set l random(1, 2000)
SELECT id, customer_id, arrived_at FROM parcels WHERE locker_id = :l AND picked_up_at IS NULL ORDER BY arrived_at;
