SELECT customer FROM invoices WHERE state = 'open' UNION SELECT customer FROM invoices WHERE state = 'paid';
SELECT id, amount FROM invoices WHERE state = 'open' UNION ALL SELECT id, amount FROM invoices WHERE state = 'paid';
SELECT 'invoice' AS kind, id FROM invoices UNION SELECT 'invoice', id FROM refunds;
SELECT 1 AS kind, id FROM invoices UNION SELECT 1.0, id FROM refunds;
WITH RECURSIVE below AS (SELECT 'root' AS kind, id FROM invoices WHERE id = 1 UNION SELECT 'child', i.id FROM invoices i JOIN below b ON i.customer = b.id) SELECT * FROM below;
