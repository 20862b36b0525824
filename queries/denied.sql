-- title: Calls to SageMaker that were denied
-- group: Access
-- question: Which calls to SageMaker were denied, and to whom?
-- param: call resource optional - part of the call's name, such as Endpoint
-- limit: 200
-- since: 7d
-- example: denied since=30d
-- expect: actor=maya.okafor@example.com | resource=fraud-try | call=CreateEndpoint
SELECT max(eventtime) AS last_at, actor, known_by, account, region, eventname AS call, resource,
    count(*) AS times, max_by(errorcode, eventtime) AS error, max_by(errormessage, eventtime) AS message
FROM events
WHERE service = 'sagemaker' AND result = 'denied' AND (:call = '' OR strpos(lower(eventname), lower(:call)) > 0)
GROUP BY actor, known_by, account, region, eventname, resource
ORDER BY max(eventtime) DESC
