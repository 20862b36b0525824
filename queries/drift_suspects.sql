-- title: What changed before a violation
-- group: Look around
-- question: What was changed in SageMaker before it broke, what names the endpoint first? Narrow it with since=, until= and account=.
-- param: endpoint resource - the endpoint's or service's name
-- limit: 200
-- since: 1d
-- example: drift-suspects endpoint=bank-marketing since=1d
-- expect: actor=diego.ramirez@example.com | resource=bank-marketing | closeness=names it | result=done
-- expect: actor=diego-ramirez | resource=bank-marketing-backfill | closeness=names it | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-candidate | closeness=names it | result=done
WITH near AS (
    SELECT eventtime, actor, known_by, account, region, eventname, resource, result, 'names it' AS closeness
    FROM events
    WHERE service = 'sagemaker' AND is_change AND strpos(mentions, lower(:endpoint)) > 0
),
far AS (
    SELECT eventtime, actor, known_by, account, region, eventname, resource, result, 'names others' AS closeness
    FROM events
    WHERE service = 'sagemaker' AND is_change AND strpos(mentions, lower(:endpoint)) = 0
)
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource, closeness, result
FROM (SELECT * FROM near UNION ALL SELECT * FROM far) AS changes
ORDER BY closeness, eventtime DESC
