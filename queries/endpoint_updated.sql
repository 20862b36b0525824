-- title: Live endpoints changed
-- group: Endpoints
-- question: Who gave a live endpoint another configuration, other weights or another capacity?
-- param: endpoint resource optional - part of the endpoint's name
-- limit: 200
-- since: 7d
-- example: endpoint-updated since=30d
-- expect: actor=diego-ramirez | endpoint=churn-try | changed=configuration | result=done
-- expect: actor=scale-loan-default | endpoint=loan-default-* | changed=weights or capacity | result=done
-- expect: actor=scale-loan-default | endpoint=loan-default-* | changed=weights or capacity | result=done
SELECT eventtime, actor, known_by, account, region,
    resource AS endpoint,
    CASE eventname WHEN 'UpdateEndpoint' THEN 'configuration' ELSE 'weights or capacity' END AS changed,
    coalesce(
        json_extract_scalar(requestparameters, '$.endpointConfigName'),
        json_format(json_extract(requestparameters, '$.desiredWeightsAndCapacities'))
    ) AS changed_to,
    result
FROM events
WHERE service = 'sagemaker' AND eventname IN ('UpdateEndpoint', 'UpdateEndpointWeightsAndCapacities')
    AND (:endpoint = '' OR strpos(mentions, lower(:endpoint)) > 0)
ORDER BY eventtime DESC
