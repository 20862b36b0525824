-- title: Who changes most
-- group: People
-- question: Who makes the most changes in SageMaker?
-- setting: trail.about_people
-- param: least integer 1..1000000 = 1 - changes at least
-- limit: 100
-- since: 7d
-- example: busy-people least=5 since=30d
-- expect: actor=deploy-bank-marketing-* | changes=15
-- expect: actor=diego-ramirez | changes=11
-- expect: actor=deploy-bank-marketing-* | changes=7
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | changes=5
WITH counted AS (
    SELECT actor, known_by, count(*) AS changes, count(DISTINCT account) AS accounts, max(eventtime) AS last_at
    FROM events
    WHERE service = 'sagemaker' AND is_change AND result = 'done'
    GROUP BY actor, known_by
)
SELECT actor, known_by, changes, accounts, last_at
FROM counted
WHERE changes >= :least
ORDER BY changes DESC, actor
