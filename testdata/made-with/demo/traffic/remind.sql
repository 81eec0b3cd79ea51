\set i random(5940000, 6000000)
UPDATE parcels SET reminders = reminders + 1 WHERE id = :i;
