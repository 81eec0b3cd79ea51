SELECT * FROM (VALUES
  (1, 'plain', ARRAY['fillfactor=90'], 1.5, true, NULL),
  (2, E'two\nlines', ARRAY['a "b"', 'c,d'], 6.00845e+06, false, 'last'),
  (3, 'ü漢字 | x || ''y''', NULL, -1, true, NULL)
) AS v(id, query, options, n, flag, note) ORDER BY id
