SELECT 'invoice' AS kind, id, amount FROM invoices UNION SELECT 'refund', id, amount FROM refunds;
