-- title: Configurations without full data capture
-- group: Endpoints
-- question: Which endpoint configurations were created without data capture, or with less than the given percentage?
-- param: percent integer 1..100 = 100 - capture below this percentage is listed
-- limit: 200
-- since: 30d
-- example: capture-disabled since=30d
-- expect: actor=diego-ramirez | endpoint_config=churn-try-2 | capture=not set
SELECT eventtime, actor, known_by, account, region,
    json_extract_scalar(requestparameters, '$.endpointConfigName') AS endpoint_config,
    coalesce(json_extract_scalar(requestparameters, '$.dataCaptureConfig.enableCapture'), 'not set') AS capture,
    json_extract_scalar(requestparameters, '$.dataCaptureConfig.initialSamplingPercentage') AS percentage,
    json_extract_scalar(requestparameters, '$.dataCaptureConfig.destinationS3Uri') AS destination
FROM events
WHERE service = 'sagemaker' AND eventname = 'CreateEndpointConfig' AND result = 'done'
    AND (
        coalesce(json_extract_scalar(requestparameters, '$.dataCaptureConfig.enableCapture'), 'false') <> 'true'
        OR coalesce(
            try_cast(
                json_extract_scalar(requestparameters, '$.dataCaptureConfig.initialSamplingPercentage') AS integer
            ),
            0
        ) < :percent
    )
ORDER BY eventtime DESC
