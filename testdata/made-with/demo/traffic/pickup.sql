\set i random(5940000, 6000000)
UPDATE parcels SET picked_up_at = now() WHERE id = :i;
