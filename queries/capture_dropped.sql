-- title: Live endpoints that lost data capture
-- group: Endpoints
-- question: Which live endpoints were switched to a configuration without data capture? Configurations older than the time asked for are not judged.
-- param: endpoint resource optional - part of the endpoint's name
-- limit: 200
-- since: 30d
-- example: capture-dropped since=30d
-- expect: actor=diego-ramirez | endpoint=churn-try | capture=false
WITH switched AS (
    SELECT eventtime, actor, known_by, account, region,
        json_extract_scalar(requestparameters, '$.endpointName') AS endpoint,
        json_extract_scalar(requestparameters, '$.endpointConfigName') AS endpoint_config
    FROM events
    WHERE service = 'sagemaker' AND eventname = 'UpdateEndpoint' AND result = 'done'
        AND (:endpoint = '' OR strpos(mentions, lower(:endpoint)) > 0)
),
made AS (
    SELECT account, region,
        json_extract_scalar(requestparameters, '$.endpointConfigName') AS endpoint_config,
        max_by(
            coalesce(json_extract_scalar(requestparameters, '$.dataCaptureConfig.enableCapture'), 'false'), eventtime
        ) AS capture
    FROM events
    WHERE service = 'sagemaker' AND eventname = 'CreateEndpointConfig' AND result = 'done'
    GROUP BY account, region, json_extract_scalar(requestparameters, '$.endpointConfigName')
)
SELECT s.eventtime, s.actor, s.known_by, s.account, s.region, s.endpoint, s.endpoint_config, m.capture
FROM switched s
JOIN made m ON m.account = s.account AND m.region = s.region AND m.endpoint_config = s.endpoint_config
WHERE m.capture <> 'true'
ORDER BY s.eventtime DESC
