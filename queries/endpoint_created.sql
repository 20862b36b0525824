-- title: Endpoints created
-- group: Endpoints
-- question: Who created endpoints?
-- param: endpoint resource optional - part of the endpoint's name
-- limit: 200
-- since: 7d
-- example: endpoint-created since=7d
-- expect: actor=maya.okafor@example.com | endpoint=fraud-try | result=denied
-- expect: actor=diego-ramirez | endpoint=churn-try | result=done
SELECT eventtime, actor, known_by, account, region,
    resource AS endpoint,
    json_extract_scalar(requestparameters, '$.endpointConfigName') AS endpoint_config,
    result
FROM events
WHERE service = 'sagemaker' AND eventname = 'CreateEndpoint'
    AND (:endpoint = '' OR strpos(mentions, lower(:endpoint)) > 0)
ORDER BY eventtime DESC
