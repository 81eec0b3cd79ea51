SELECT id, subject FROM tickets WHERE assignee = 1234 ORDER BY opened_at DESC LIMIT 10;
