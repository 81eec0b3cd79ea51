-- name: latest calls: 400
SELECT id, happened, amount FROM entries WHERE account_id = {{int:1:300}} ORDER BY happened DESC LIMIT 20;
-- name: of_account calls: 20
SELECT sum(amount) FROM entries WHERE account_id = {{int:1:300}};
-- name: latest_notes calls: 400
SELECT id, written, body FROM notes WHERE account_id = {{int:1:300}} ORDER BY written DESC LIMIT 20;
