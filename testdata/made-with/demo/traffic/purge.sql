\set i random(1, 100000)
DELETE FROM parcels WHERE id = :i;
