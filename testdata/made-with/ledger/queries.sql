-- name: job_by_id calls: 500
SELECT state, tries FROM jobs WHERE id = {{int:1:120000}};
-- name: sensor_day calls: 6
SELECT taken_at, value FROM measurements WHERE sensor_id = {{int:1:2000}} AND taken_at >= '{{day:2025-01-02:20}}' AND taken_at < date '{{day:2025-01-02:20}}' + 1 ORDER BY taken_at;
-- name: quality_report calls: 1
SELECT quality, count(*), avg(value) FROM measurements GROUP BY quality;
-- name: raw_lookup calls: 1
SELECT id, sensor_id FROM measurements WHERE raw = 'c4ca4238a0b923820dcc509a6f75849b';
-- name: touched_recently calls: 2
SELECT count(*) FROM jobs WHERE touched_at > '2025-01-12';
